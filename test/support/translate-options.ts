// The options of translate for tests, with only what a test is about written out.

import type { TranslateOptions } from '#translate/translate-input.ts';

/** When tests translate: certificates that are made for tests are valid then. */
export const NOW_MS: number = Date.UTC(2026, 0, 1);

/** Those of manifests, unless `fields` say otherwise. */
export function optionsOf(fields: Partial<TranslateOptions> = {}): TranslateOptions {
  return {
    ingressClass: 'headgate',
    controllerName: 'headgate.dev/ingress-controller',
    takeIngressesWithoutClass: true,
    classMayBeUndeclared: true,
    controllerNamespace: null,
    nodeName: null,
    zone: null,
    allowLocalEndpoints: true,
    allowExternalNames: true,
    adminEndpoints: [],
    defaultBackend: null,
    defaultSecret: null,
    ticketKeySecret: null,
    selfSigned: null,
    ticketSecret: null,
    ...fields,
  };
}

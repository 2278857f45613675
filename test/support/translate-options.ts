// The options of translate for tests, with only what a test is about written out.

import type { TranslateOptions } from '#translate/translate-input.ts';

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
    ...fields,
  };
}

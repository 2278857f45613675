// What the operator's settings mean to translate. One place, so that `run` serves exactly what
// `routes`, `explain` and `check` tell.

import type { TranslateOptions } from '#translate/translate-input.ts';
import type { PlanOptions } from './command-line.ts';

/** The `spec.controller` of IngressClasses that mean Headgate. */
const CONTROLLER_NAME = 'headgate.dev/ingress-controller';

export function translateOptions(options: PlanOptions): TranslateOptions {
  return {
    ingressClass: options.ingressClass,
    controllerName: CONTROLLER_NAME,
    takeIngressesWithoutClass: options.manifests.length > 0,
    defaultBackend: options.defaultBackend,
  };
}

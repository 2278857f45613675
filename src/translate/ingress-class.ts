// Decides which Ingresses this controller answers for.

import type { Ingress, IngressClass } from '#kubernetes/resources.ts';
import { compareText } from '#plan/precedence.ts';
import type { TranslateInput, TranslateOptions } from './translate-input.ts';

type ClassInput = Pick<TranslateInput, 'ingresses' | 'ingressClasses'>;

/** The Ingresses of this controller's classes, in the order of the input. */
export function takenIngresses(input: ClassInput, options: TranslateOptions): readonly Ingress[] {
  const classes = [...input.ingressClasses()];
  return [...input.ingresses()].filter((ingress) => isTaken(ingress, classes, options));
}

/**
 * `spec.ingressClassName` decides; then the annotation `kubernetes.io/ingress.class`, which the
 * Kubernetes API allows only where the field is absent (ingress-nginx reads them in this order);
 * then the default class. An Ingress of another controller is nobody's mistake and no Problem.
 */
function isTaken(
  { ingressClassName, classAnnotation }: Ingress,
  classes: readonly IngressClass[],
  options: TranslateOptions,
): boolean {
  const className = ingressClassName ?? (classAnnotation || null);
  if (className === null) {
    return options.takeIngressesWithoutClass || isDefaultOurs(classes, options);
  }
  const declared = classes.find(({ name }) => name === className);
  if (declared !== undefined) return declared.controller === options.controllerName;
  // The annotation is older than IngressClass objects, and manifests may leave the object out.
  const mayBeUndeclared = ingressClassName === null || options.takeIngressesWithoutClass;
  return mayBeUndeclared && className === options.ingressClass;
}

/** Of several default classes the newest counts, as in the admission plugin of Kubernetes. */
function isDefaultOurs(classes: readonly IngressClass[], options: TranslateOptions): boolean {
  const [newest] = classes.filter(({ isDefault }) => isDefault).sort(compareNewness);
  return newest?.controller === options.controllerName;
}

/** Newest first; classes of one age, or both without one (the difference is NaN), by name. */
function compareNewness(a: IngressClass, b: IngressClass): number {
  return bornAt(b) - bornAt(a) || compareText(a.name, b.name);
}

function bornAt({ createdAtMs }: IngressClass): number {
  return createdAtMs ?? Number.POSITIVE_INFINITY;
}

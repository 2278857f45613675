// Decides which Ingresses this controller answers for, and by which class.

import type { Ingress, IngressClass } from '#kubernetes/resources.ts';
import { compareText } from '#plan/precedence.ts';
import type { ClassOptions, TranslateInput } from './translate-input.ts';

type ClassInput = Pick<TranslateInput, 'ingresses' | 'ingressClasses'>;

/** The Ingresses of this controller's classes, in the order of the input. */
export function takenIngresses(input: ClassInput, options: ClassOptions): readonly Ingress[] {
  const classes = [...input.ingressClasses()];
  return [...input.ingresses()].filter((ingress) => isTaken(ingress, classes, options));
}

/** The classes that mean this controller, in the order of the input. */
export function ownClasses(
  classes: readonly IngressClass[],
  { controllerName }: ClassOptions,
): readonly IngressClass[] {
  return classes.filter(({ controller }) => controller === controllerName);
}

/** The class of an Ingress; null if it names one that is not declared, or there is no default. */
export function classOf(ingress: Ingress, classes: readonly IngressClass[]): IngressClass | null {
  const className = classNameOf(ingress);
  if (className === null) return defaultClass(classes);
  return classes.find(({ name }) => name === className) ?? null;
}

/** Whether it is ours. One of another controller is nobody's mistake and no Problem. */
export function isTaken(
  ingress: Ingress,
  classes: readonly IngressClass[],
  options: ClassOptions,
): boolean {
  const declared = classOf(ingress, classes);
  if (declared?.controller === options.controllerName) return true;
  const className = classNameOf(ingress);
  if (className === null) return options.takeIngressesWithoutClass;
  if (declared !== null) return false;
  // The annotation is older than IngressClass objects, and manifests may leave the object out.
  const mayBeUndeclared = ingress.ingressClassName === null || options.classMayBeUndeclared;
  return mayBeUndeclared && className === options.ingressClass;
}

/**
 * `spec.ingressClassName`; then the annotation `kubernetes.io/ingress.class`, which the Kubernetes
 * API allows only where the field is absent (ingress-nginx reads them in this order).
 */
function classNameOf({ ingressClassName, classAnnotation }: Ingress): string | null {
  return ingressClassName ?? (classAnnotation || null);
}

/** Of several default classes the newest counts, as in the admission plugin of Kubernetes. */
function defaultClass(classes: readonly IngressClass[]): IngressClass | null {
  return classes.filter(({ isDefault }) => isDefault).sort(compareNewness)[0] ?? null;
}

/** Newest first; classes of one age, or both without one (the difference is NaN), by name. */
function compareNewness(a: IngressClass, b: IngressClass): number {
  return bornAt(b) - bornAt(a) || compareText(a.name, b.name);
}

function bornAt({ createdAtMs }: IngressClass): number {
  return createdAtMs ?? Number.POSITIVE_INFINITY;
}

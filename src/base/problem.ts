// A Problem: a user's mistake in the configuration, told so that the user can mend it. It never
// stops the good part from going live, and it is never used for hostile traffic or our own bugs.

/** Names one Kubernetes object. Cluster-scoped objects have an empty namespace. */
export interface ObjectRef {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Where a text came from. `line` counts from 1. */
export interface FilePosition {
  readonly file: string;
  readonly line: number;
}

export interface Problem {
  /** Null where no object could be read at all, such as a file that is not YAML. */
  readonly object: ObjectRef | null;
  /** Path inside the object, such as `spec.rules[0].http.paths[1].path`; empty for the whole. */
  readonly field: string;
  /** One CamelCase word, fit for a Kubernetes Event: `InvalidPath`, `ServiceNotFound`. */
  readonly reason: string;
  /** One sentence. Text from the object is quoted by JSON rules. */
  readonly message: string;
  /** Null for objects that no file holds. */
  readonly position: FilePosition | null;
}

/** `Ingress shop/ecshop`, or `IngressClass headgate`. */
export function formatRef(ref: ObjectRef): string {
  return ref.namespace === ''
    ? `${ref.kind} ${ref.name}`
    : `${ref.kind} ${ref.namespace}/${ref.name}`;
}

// Which collections of the API server are watched: the table of kinds, applied to the namespaces
// that the operator names and to the place where this process runs.

import { present } from '#base/assert.ts';
import { KINDS, type Kind } from './kinds.ts';
import type { Metadata } from './resources.ts';

export interface CollectionScope {
  /** Empty for all. */
  readonly namespaces: readonly string[];
  /** Where this controller runs; null outside a cluster. */
  readonly controllerNamespace: string | null;
  /** The Node that this process runs on; null outside a cluster. */
  readonly nodeName: string | null;
}

export interface Collection {
  readonly kind: Kind;
  /** Such as `/apis/networking.k8s.io/v1/namespaces/shop/ingresses`. */
  readonly path: string;
  /** Selectors. */
  readonly query: Readonly<Record<string, string>>;
  /** We do without it where we may not read it. */
  readonly isOptional: boolean;
}

export function collectionsOf(scope: CollectionScope): Collection[] {
  return KINDS.flatMap((kind) => collectionsOfKind(kind, scope));
}

/** The Secret of that name alone, whatever its type. */
export function namedSecret({ namespace, name }: Pick<Metadata, 'namespace' | 'name'>): Collection {
  const kind = present(
    KINDS.find((one) => one.kind === 'Secret'),
    'Secrets are read',
  );
  const query = { fieldSelector: `metadata.name=${name}` };
  return { kind, path: pathOf(kind, namespace), query, isOptional: true };
}

function collectionsOfKind(kind: Kind, scope: CollectionScope): Collection[] {
  const { namespaces, controllerNamespace, nodeName } = scope;
  const query = kind.fieldSelector === null ? {} : { fieldSelector: kind.fieldSelector };
  switch (kind.of) {
    case 'ownNode': {
      if (nodeName === null) return [];
      const own = { fieldSelector: `metadata.name=${nodeName}` };
      return [{ kind, path: pathOf(kind, null), query: own, isOptional: true }];
    }
    case 'controllerNamespace':
      if (controllerNamespace === null) return [];
      return [{ kind, path: pathOf(kind, controllerNamespace), query, isOptional: true }];
    case 'all': {
      if (kind.isNamespaced && namespaces.length > 0) {
        return namespaces.map((namespace) => ({
          kind,
          path: pathOf(kind, namespace),
          query,
          isOptional: false,
        }));
      }
      // Roles of single namespaces cannot grant what is in none.
      const isOptional = !kind.isNamespaced && namespaces.length > 0;
      return [{ kind, path: pathOf(kind, null), query, isOptional }];
    }
  }
}

/** A null namespace stands for all, and for kinds that are in none. */
function pathOf({ apiVersion, resource }: Kind, namespace: string | null): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return namespace === null
    ? `${group}/${resource}`
    : `${group}/namespaces/${namespace}/${resource}`;
}

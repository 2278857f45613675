// Which Secrets are watched by their names: those that the configuration asks for and that do not
// come because of their type, where we may expect to read them. A pure decision.

import { limits } from '#base/limits.ts';
import { type Collection, type CollectionScope, namedSecret } from './collections.ts';
import { dnsLabel, dnsSubdomain } from './names.ts';
import { type Metadata, type Secret, TLS_SECRET_TYPE } from './resources.ts';

export type SecretName = Pick<Metadata, 'namespace' | 'name'>;

export interface NamedSecrets {
  /** By `PATH/NAME`, each with the name that it is about. */
  readonly collections: ReadonlyMap<string, Collection & { readonly secret: SecretName }>;
  /** There were more than the limit, and the last of them are left out. */
  readonly areCut: boolean;
}

/** `names` with the most important first; `isCovered` for those that come because of their type. */
export function namedSecrets(
  names: Iterable<SecretName>,
  scope: CollectionScope,
  isCovered: (name: SecretName) => boolean,
): NamedSecrets {
  const collections = new Map<string, Collection & { readonly secret: SecretName }>();
  for (const secret of names) {
    if (!isWithin(secret, scope) || isCovered(secret)) continue;
    const collection = namedSecret(secret);
    const key = `${collection.path}/${secret.name}`;
    if (collections.has(key)) continue;
    if (collections.size >= limits.namedSecretsMax) return { collections, areCut: true };
    collections.set(key, { ...collection, secret });
  }
  return { collections, areCut: false };
}

/** Whether the watches by type tell of a Secret. */
export function comesByType({ namespace, type }: Secret, { namespaces }: CollectionScope): boolean {
  const isWatched = namespaces.length === 0 || namespaces.includes(namespace);
  return isWatched && type === TLS_SECRET_TYPE;
}

// Annotations may hold anything, and a comma would be another selector.
function isWithin({ namespace, name }: SecretName, scope: CollectionScope): boolean {
  if (!dnsLabel.accepts(namespace) || !dnsSubdomain.accepts(name)) return false;
  const { namespaces, controllerNamespace } = scope;
  if (namespaces.length === 0 || namespace === controllerNamespace) return true;
  return namespaces.includes(namespace);
}

// Which Secrets are watched by their names: those that the configuration asks for and that do not
// come because of their type, where we may expect to read them. A pure decision.

import { limits } from '#base/limits.ts';
import { type Collection, type CollectionScope, namedSecret } from './collections.ts';
import { dnsLabel, dnsSubdomain } from './names.ts';
import { type Metadata, type Secret, TLS_SECRET_TYPE } from './resources.ts';

export type SecretName = Pick<Metadata, 'namespace' | 'name'>;

/** The Secrets that the configuration names, there or not. */
export interface SecretNames {
  /** On the command line. */
  readonly byOperator: readonly SecretName[];
  /** In objects of namespaces: within a namespace the most important first. */
  readonly byTenants: readonly SecretName[];
}

export interface NamedSecrets {
  /** By `PATH/NAME`, each with the name that it is about. */
  readonly collections: ReadonlyMap<string, Collection & { readonly secret: SecretName }>;
  /** Namespaces of which some are left out, because there are more than the limit. */
  readonly cut: readonly string[];
}

/** `isCovered` is for those that come because of their type. */
export function namedSecrets(
  { byOperator, byTenants }: SecretNames,
  scope: CollectionScope,
  isCovered: (name: SecretName) => boolean,
): NamedSecrets {
  const collections = new Map<string, Collection & { readonly secret: SecretName }>();
  const cut = new Set<string>();
  const wanted = (secret: SecretName): boolean => isWithin(secret, scope) && !isCovered(secret);
  for (const secret of [...byOperator.filter(wanted), ...inTurn(byTenants.filter(wanted))]) {
    const collection = namedSecret(secret);
    const key = `${collection.path}/${secret.name}`;
    if (collections.has(key)) continue;
    if (collections.size < limits.namedSecretsMax) collections.set(key, { ...collection, secret });
    else cut.add(secret.namespace);
  }
  return { collections, cut: [...cut].sort() };
}

/** The first of each namespace, then the second of each: no tenant takes the room of the others. */
function inTurn(names: readonly SecretName[]): readonly SecretName[] {
  const rounds: SecretName[][] = [];
  const counts = new Map<string, Set<string>>();
  for (const secret of names) {
    const known = counts.get(secret.namespace) ?? new Set();
    counts.set(secret.namespace, known);
    if (known.has(secret.name)) continue;
    const round = rounds[known.size] ?? [];
    rounds[known.size] = round;
    round.push(secret);
    known.add(secret.name);
  }
  return rounds.flat();
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

// What a change changes, in numbers and a few names, for whoever reads the list of generations. And
// whether it is one that a rollback can undo: pods that come and go are not.

import { isDeepStrictEqual } from 'node:util';
import { limits } from '#base/limits.ts';
import { findInList, type NameOf, type SortedList } from '#base/sorted-list.ts';
import { type Change, isOfUpstreamsOnly, partsOf } from './change.ts';
import type { Plans } from './compile-change.ts';

export interface Tally {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  /** The first few. */
  readonly names: readonly string[];
}

export interface ChangeSummary {
  readonly hosts: Tally;
  readonly upstreams: Tally;
  /** By the server name that they are for. */
  readonly certificates: Tally;
  /** Of the parts that were written, without the tables that lead to them. */
  readonly sizeBytes: number;
}

export function summarizeChange(change: Change, before: Plans): ChangeSummary {
  const { routes, endpoints, tls } = before;
  const sizes = partsOf(change).map((bytes) => bytes?.length ?? 0);
  return {
    hosts: tally(change.hosts, routes.virtualHosts, ({ host }) => host),
    upstreams: tally(change.upstreams, endpoints.upstreams, ({ name }) => name),
    certificates: tally(change.serverNames, tls.serverNames, ({ host }) => host),
    sizeBytes: sizes.reduce((sum, size) => sum + size, 0),
  };
}

/** Neither routes nor certificates, nor how an upstream is spoken to. */
export function isOfEndpointsOnly(change: Change, before: Plans, after: Plans): boolean {
  const transportOf = ({ endpoints: { upstreams } }: Plans, name: string) =>
    findInList(upstreams, name, (upstream) => upstream.name)?.transport ?? null;
  const hasTurned = (name: string): boolean => {
    const [old, next] = [transportOf(before, name), transportOf(after, name)];
    return old !== null && next !== null && !isDeepStrictEqual(old, next);
  };
  return isOfUpstreamsOnly(change) && !change.upstreams.keys().some(hasTurned);
}

function tally<T>(
  parts: ReadonlyMap<string, Uint8Array | null>,
  before: SortedList<T>,
  nameOf: NameOf<T>,
): Tally {
  const counts = { added: 0, changed: 0, removed: 0 };
  for (const [name, bytes] of parts) {
    const wasThere = findInList(before, name, nameOf) !== null;
    counts[bytes === null ? 'removed' : wasThere ? 'changed' : 'added'] += 1;
  }
  return { ...counts, names: [...parts.keys()].slice(0, limits.generationNamesMax) };
}

// Decides which of the endpoints that could answer are used: what their conditions say, one address
// of each pod, and those that are near.

import { limits } from '#base/limits.ts';
import type { Sliced } from '#base/sliced.ts';
import { sortInSlices } from '#base/sort-in-slices.ts';
import type { Service, SliceEndpoint } from '#kubernetes/resources.ts';
import type { Endpoint } from '#plan/endpoint-plan.ts';
import { compareText } from '#plan/precedence.ts';
import type { Candidate } from './endpoint-candidates.ts';

/** Where this process runs; null for what is not known. */
export interface Location {
  readonly node: string | null;
  readonly zone: string | null;
}

/**
 * The ready ones that are near; if none is ready, those that still serve while they terminate,
 * wherever they are, so that the last pods of a Service answer until they are gone (kube-proxy,
 * KEP-1669). Sorted by address, then port; without duplicates.
 */
export function* chooseEndpoints(
  candidates: readonly Candidate[],
  { ipFamily }: Service,
  location: Location,
): Sliced<readonly Endpoint[]> {
  const ready = oneOfEachTarget(
    candidates.filter(({ of }) => of.ready),
    ipFamily,
  );
  if (ready.length > 0) return yield* distinct(nearest(ready, location));
  const leaving = candidates.filter(({ of }) => of.serving && of.terminating);
  return yield* distinct(oneOfEachTarget(leaving, ipFamily));
}

/**
 * A pod of a dual-stack Service is in the slices of both families, and must not get twice its share
 * while it has both and half of it while it has one. An endpoint that stands for no object, as in
 * slices made by hand, cannot be told from others, and counts for itself.
 */
function oneOfEachTarget(
  candidates: readonly Candidate[],
  preferred: Service['ipFamily'],
): readonly Candidate[] {
  const isOther = ({ family }: Candidate): boolean => family !== preferred;
  if (!candidates.some(isOther)) return candidates;
  const served = new Set(candidates.filter((one) => !isOther(one)).map(({ of }) => of.target));
  return candidates.filter((one) => {
    const { target } = one.of;
    return !isOther(one) || target === null || !served.has(target);
  });
}

/**
 * The endpoints that the cluster wants used from this node, else from this zone, else all. The
 * cluster says so by hints, as `trafficDistribution` asks it to. They count where every endpoint
 * has one, as in kube-proxy (KEP-2433, KEP-3015).
 */
function nearest(candidates: readonly Candidate[], { node, zone }: Location) {
  return (
    hintedFor(node, candidates, ({ forNodes }) => forNodes) ??
    hintedFor(zone, candidates, ({ forZones }) => forZones) ??
    candidates
  );
}

/** Null where they are too few to carry what comes to one place of all that the hints name. */
function hintedFor(
  place: string | null,
  candidates: readonly Candidate[],
  hintsOf: (endpoint: SliceEndpoint) => readonly string[],
): readonly Candidate[] | null {
  if (place === null || candidates.some(({ of }) => hintsOf(of).length === 0)) return null;
  const near = candidates.filter(({ of }) => hintsOf(of).includes(place));
  const places = new Set(candidates.flatMap(({ of }) => hintsOf(of)));
  const fairShare = candidates.length / places.size;
  return near.length > 0 && near.length >= fairShare * limits.nearShareMin ? near : null;
}

function* distinct(endpoints: readonly Endpoint[]): Sliced<readonly Endpoint[]> {
  const sorted = yield* sortInSlices(endpoints, compareEndpoints);
  yield;
  return sorted
    .filter((one, index) => index === 0 || compareEndpoints(one, sorted[index - 1] as Endpoint) > 0)
    .map(({ address, port }) => ({ address, port }));
}

function compareEndpoints(a: Endpoint, b: Endpoint): number {
  return compareText(a.address, b.address) || a.port - b.port;
}

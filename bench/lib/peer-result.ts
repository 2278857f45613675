// What the rounds of one peer have given, and how two peers compare.

import type { Measurement } from './run-load.ts';
import { type Spread, spread } from './statistics.ts';

export interface PeerResult {
  readonly name: string;
  readonly kind: 'headgate' | 'native' | 'node' | 'backend';
  readonly version: string;
  /** One per round, in order. */
  readonly measurements: readonly Measurement[];
}

export type Figure = (measurement: Measurement) => number;

export const cpuUsPerRequest: Figure = (measurement) => measurement.cpuUsPerRequest;

/** A rate that was not held, by the proxy or by a busy machine, must not look like a good one. */
const RATE_HELD_SHARE = 0.95;

/** The figure of a round that held its fixed rate; infinite otherwise. */
export function whenHeld(figure: Figure, requestsPerSecond: number): Figure {
  return (measurement) =>
    measurement.requestsPerSecond >= requestsPerSecond * RATE_HELD_SHARE
      ? figure(measurement)
      : Number.POSITIVE_INFINITY;
}

/** Empty results give NaN. */
export function spreadOf({ measurements }: PeerResult, figure: Figure): Spread {
  return spread(measurements.map(figure));
}

/**
 * Headgate's figure over that of the best of the peers that `isRival` names, round by round, since
 * rounds that are neighbours in time share the machine's mood. A round without a finite figure of
 * the rival says nothing. NaN where no round is left.
 */
export function ratioToBest(
  results: readonly PeerResult[],
  figure: Figure,
  isRival: (result: PeerResult) => boolean,
): Spread {
  const ours = results.find(({ kind }) => kind === 'headgate');
  const [best] = results
    .filter(isRival)
    .toSorted((a, b) => spreadOf(a, figure).median - spreadOf(b, figure).median);
  const rivals = best?.measurements.map(figure) ?? [];
  const ratios = (ours?.measurements ?? []).flatMap((measurement, round) => {
    const rival = rivals[round];
    return Number.isFinite(rival) ? [figure(measurement) / (rival as number)] : [];
  });
  return spread(ratios.length === 0 ? [Number.NaN] : ratios);
}

export function isNginx({ name }: PeerResult): boolean {
  return name === 'nginx';
}

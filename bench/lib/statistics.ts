// Order statistics over a handful of rounds or many samples. Knows nothing of what was measured.

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** `samples` must not be empty. */
export function spread(samples: readonly number[]): Spread {
  return {
    median: quantile(samples, 0.5),
    min: Math.min(...samples),
    max: Math.max(...samples),
  };
}

/** Nearest rank, except that an even count's median is the mean of the middle two. */
export function quantile(samples: readonly number[], fraction: number): number {
  if (samples.length === 0) return Number.NaN;
  const sorted = samples.toSorted((a, b) => a - b);
  if (fraction === 0.5 && sorted.length % 2 === 0) {
    const upper = sorted.length / 2;
    return ((sorted[upper - 1] as number) + (sorted[upper] as number)) / 2;
  }
  const rank = Math.max(1, Math.ceil(fraction * sorted.length));
  return sorted[rank - 1] as number;
}

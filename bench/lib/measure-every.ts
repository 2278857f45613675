// Samples something while something else goes on.

/** One value of `sample` per interval until `work` is settled; rejects with `work`. */
export async function measureEvery(
  intervalMs: number,
  sample: () => number,
  work: Promise<void>,
): Promise<number[]> {
  const samples: number[] = [];
  const timer = setInterval(() => samples.push(sample()), intervalMs);
  try {
    await work;
    return samples;
  } finally {
    clearInterval(timer);
  }
}

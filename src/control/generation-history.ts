// The generations that can be gone back to: what each was made of, when and why. A generation in
// which only pods came or went is not among them, but counts for the one whose routes it has.
// Where a generation is in memory, and how long it stays there, is for others to know.

import { limits } from '#base/limits.ts';
import type { Causes } from './causes.ts';
import type { ChangeSummary } from './change-summary.ts';
import type { Plans } from './compile-change.ts';

export interface GenerationRecord {
  readonly generation: number;
  /** Milliseconds since 1970. */
  readonly publishedAtMs: number;
  /** The generation that it went back to; null if it went on. */
  readonly rollbackOf: number | null;
  readonly changed: ChangeSummary;
  readonly causes: Causes;
  /** With the endpoints of the moment in which it was published. */
  readonly plans: Plans;
}

export class GenerationHistory {
  /** Oldest first. */
  #records: readonly GenerationRecord[] = [];
  #endpointChanges = 0;
  #newest = 0;
  #withdrawn: readonly GenerationRecord[] = [];
  #withdrawnCount = 0;

  /** Oldest first: those that one worker served and that were not good for the others. */
  get withdrawn(): readonly GenerationRecord[] {
    return this.#withdrawn;
  }

  /** How many there were so far. */
  get withdrawnCount(): number {
    return this.#withdrawnCount;
  }

  /** Oldest first; the last one has the routes in force. */
  get records(): readonly GenerationRecord[] {
    return this.#records;
  }

  /** How often pods came or went since the last one. */
  get endpointChanges(): number {
    return this.#endpointChanges;
  }

  get last(): GenerationRecord | null {
    return this.#records.at(-1) ?? null;
  }

  /** More is held for those that can be gone back to than should be. */
  get isTooLarge(): boolean {
    const [, before, ...later] = this.#records;
    // One step back must always be possible, however large it is.
    if (before === undefined || later.length === 0) return false;
    const sizes = [before, ...later].map(({ changed }) => changed.sizeBytes);
    return sizes.reduce((sum, size) => sum + size, 0) > limits.keptDifferenceMax;
  }

  /** Null if it is not kept. `generation` may be one in which only pods came or went. */
  find(generation: number): GenerationRecord | null {
    const wasWithdrawn = this.#withdrawn.some((record) => record.generation === generation);
    if (generation > this.#newest || wasWithdrawn) return null;
    return this.#records.findLast((record) => record.generation <= generation) ?? null;
  }

  /** The one before that whose routes are in force. */
  beforeLast(): GenerationRecord | null {
    const { last } = this;
    if (last === null) return null;
    const origin = last.rollbackOf ?? last.generation;
    return this.#records.findLast((record) => record.generation < origin) ?? null;
  }

  add(record: GenerationRecord): void {
    this.#records = [...this.#records, record].slice(-limits.keptGenerationsMax);
    this.#endpointChanges = 0;
    this.#newest = record.generation;
  }

  /** What is in force has become generation `newest` since. */
  addWithdrawn(record: GenerationRecord, newest: number): void {
    this.#newest = newest;
    this.#withdrawnCount += 1;
    this.#withdrawn = [...this.#withdrawn, record].slice(-limits.keptGenerationsMax);
  }

  /** In generation `generation` pods have come or gone. */
  endpointsChanged(generation: number): void {
    this.#endpointChanges += 1;
    this.#newest = generation;
  }

  /** Forgets those whose memory has been given back. */
  keepOnly(generations: readonly number[]): void {
    const { last } = this;
    const isKept = (record: GenerationRecord): boolean =>
      record === last || generations.includes(record.generation);
    if (!this.#records.every(isKept)) this.#records = this.#records.filter(isKept);
  }
}

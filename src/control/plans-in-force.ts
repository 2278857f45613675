// The plans that are served, and the steps from them to others: compiled, published and written
// down. Which plans those are, and whether one worker tries them first, is decided elsewhere.

import type { Log } from '#base/log.ts';
import type { EndpointPlan } from '#plan/endpoint-plan.ts';
import type { Causes } from './causes.ts';
import { type Change, NO_CHANGE } from './change.ts';
import { isOfEndpointsOnly, summarizeChange } from './change-summary.ts';
import {
  type Compile,
  compileChange,
  NO_PLANS,
  type Plans,
  withEndpoints,
} from './compile-change.ts';
import type { ConfigCanary } from './config-canary.ts';
import { Durations } from './durations.ts';
import { GenerationHistory, type GenerationRecord } from './generation-history.ts';
import type { Publisher, PublishOptions, PublishResult } from './publisher.ts';
import { runInSlices } from './run-in-slices.ts';

export interface PlansInForceOptions {
  readonly compile: Compile;
  readonly publisher: Publisher;
  readonly onPublished: () => void;
  readonly log: Log;
}

/** A way to other plans. */
export interface Step {
  readonly before: Plans;
  readonly after: Plans;
  /** From the one to the other. */
  readonly change: Change;
  /** More than pods have come or gone. */
  readonly isOfRoutes: boolean;
  /** The kept generation that it leads back to; null if it leads on. */
  readonly backTo: GenerationRecord | null;
}

export class PlansInForce {
  readonly history = new GenerationHistory();
  readonly compileDurations = new Durations();
  readonly publishDurations = new Durations();
  readonly #options: PlansInForceOptions;
  #plans = NO_PLANS;

  constructor(options: PlansInForceOptions) {
    this.#options = options;
  }

  get plans(): Plans {
    return this.#plans;
  }

  /** The plans come after those in force, or after those of the generation gone back to. */
  async stepTo(after: Plans, backTo: GenerationRecord | null): Promise<Step> {
    const base = this.#isKept(backTo) ? backTo : null;
    const before = base?.plans ?? this.#plans;
    const change = await this.#compile(before, after);
    const isOfRoutes = !isOfEndpointsOnly(change, before, after);
    return { before, after, change, isOfRoutes, backTo };
  }

  /** To be called before any other step is made. */
  async take(step: Step, causes: Causes): Promise<PublishResult> {
    const { publisher } = this.#options;
    const { backTo, change, before, after } = step;
    const isKept = publisher.generation === 0 || backTo !== null || step.isOfRoutes;
    const base = this.#isKept(backTo) ? (backTo?.generation ?? null) : null;
    const result = await this.#publish(change, { isKept, base });
    this.history.keepOnly(publisher.keptGenerations);
    if (result === 'arenaFull') {
      await this.#takeEndpoints(after.endpoints);
      return result;
    }
    this.#plans = after;
    const { generation } = publisher;
    if (result === 'unchanged') return result;
    if (!isKept) this.history.endpointsChanged(generation);
    else {
      const rollbackOf = backTo?.generation ?? null;
      const changed = summarizeChange(change, before);
      this.#record({ plans: after, rollbackOf, changed, causes });
    }
    return result;
  }

  /** Routes that find no room must not hold back the pods that come and go. */
  async #takeEndpoints(endpoints: EndpointPlan): Promise<void> {
    const { publisher } = this.#options;
    if (publisher.generation === 0) return;
    const plans = withEndpoints(this.#plans, endpoints);
    const change = await this.#compile(this.#plans, plans);
    const result = await this.#publish(change, { isKept: false, base: null });
    if (result !== 'arenaFull') this.#plans = plans;
    if (result === 'published') this.history.endpointsChanged(publisher.generation);
  }

  /** These endpoints, for all workers and for the one that tries other routes. */
  async takeBoth(canary: ConfigCanary, endpoints: EndpointPlan): Promise<PublishResult> {
    const { publisher, onPublished } = this.#options;
    const plans = canary.before.plansWith(endpoints);
    const step = await this.stepTo(plans, null);
    const result = await this.take({ ...step, isOfRoutes: false }, canary.causes);
    if (result === 'arenaFull') return result;
    const tried = canary.after.plansWith(endpoints);
    const change = await this.#compile(canary.served ?? plans, tried);
    const itsResult = await runInSlices(publisher.publishCanary(change, canary.worker));
    if (itsResult !== 'arenaFull') canary.served = tried;
    if (itsResult === 'published') onPublished();
    return itsResult;
  }

  /** All workers get what one has tried. */
  async promote({ served, changed, causes }: ConfigCanary): Promise<PublishResult> {
    const plans = served ?? this.#plans;
    const result = await this.#publish(NO_CHANGE, { isKept: true, base: 'canary' });
    if (result !== 'published') return result;
    this.#plans = plans;
    this.#record({ plans, rollbackOf: null, changed, causes });
    return result;
  }

  withdraw(canary: ConfigCanary): void {
    const { publisher, onPublished, log } = this.#options;
    const { served, changed, causes } = canary;
    const generation = publisher.canary ?? publisher.generation;
    publisher.withdrawCanary();
    log.warn('generation withdrawn', { generation, ...canary.counts(performance.now()) });
    const plans = served ?? this.#plans;
    const publishedAtMs = Date.now();
    const record = { generation, publishedAtMs, rollbackOf: null, plans, changed, causes };
    this.history.addWithdrawn(record, publisher.generation);
    onPublished();
  }

  #isKept(record: GenerationRecord | null): boolean {
    return this.#options.publisher.keptGenerations.includes(record?.generation ?? 0);
  }

  #record(made: Omit<GenerationRecord, 'generation' | 'publishedAtMs'>): void {
    const { publisher } = this.#options;
    const { generation } = publisher;
    this.history.add({ ...made, generation, publishedAtMs: Date.now() });
    this.history.keepOnly(publisher.keptGenerations);
    while (this.history.isTooLarge) {
      publisher.forgetOldest();
      this.history.keepOnly(publisher.keptGenerations);
    }
  }

  async #compile(before: Plans, after: Plans): Promise<Change> {
    const startedAt = performance.now();
    const change = await compileChange(before, after, this.#options.compile);
    this.compileDurations.record(performance.now() - startedAt);
    return change;
  }

  async #publish(change: Change, how: PublishOptions): Promise<PublishResult> {
    const { publisher, onPublished, log } = this.#options;
    const startedAt = performance.now();
    const result = await runInSlices(publisher.publish(change, how));
    if (result !== 'published') return result;
    const durationMs = performance.now() - startedAt;
    this.publishDurations.record(durationMs);
    log.debug('published', { generation: publisher.generation, durationMs });
    onPublished();
    return result;
  }
}

// From a change in the Store to a published generation: one method per arrow of the pipeline, and
// the pipeline itself in `#rebuild`. It decides when; what each arrow does is told elsewhere.

import { Holdoff } from '#base/holdoff.ts';
import { limits } from '#base/limits.ts';
import type { Log } from '#base/log.ts';
import type { Problem } from '#base/problem.ts';
import type { SecretNames } from '#kubernetes/named-secrets.ts';
import type { ObjectChange } from '#kubernetes/resources.ts';
import type { Store } from '#kubernetes/store.ts';
import type { EndpointPlan } from '#plan/endpoint-plan.ts';
import type { RoutingPlan } from '#plan/routing-plan.ts';
import type { TlsPlan } from '#plan/tls-plan.ts';
import type { EndpointTranslation } from '#translate/endpoint-translator.ts';
import type { TranslateOptions } from '#translate/translate-input.ts';
import type { Translation } from '#translate/translator.ts';
import { addCauses, NO_CAUSES } from './causes.ts';
import type { Change } from './change.ts';
import { isOfEndpointsOnly, summarizeChange } from './change-summary.ts';
import {
  type Compile,
  compileChange,
  NO_PLANS,
  type Plans,
  withEndpoints,
} from './compile-change.ts';
import { Durations } from './durations.ts';
import type { ExternalNames } from './external-names.ts';
import { GenerationHistory, type GenerationRecord } from './generation-history.ts';
import { Pin } from './pin.ts';
import { ProblemLog } from './problem-log.ts';
import type { Publisher, PublishOptions, PublishResult } from './publisher.ts';
import { runInSlices } from './run-in-slices.ts';
import { Translators } from './translators.ts';

export interface ControllerOptions {
  readonly store: Store;
  readonly translateOptions: TranslateOptions;
  readonly externalNames: ExternalNames;
  readonly compile: Compile;
  readonly publisher: Publisher;
  /** What is wrong with the source of the Store, such as a file that is not YAML. */
  readonly sourceProblems: () => readonly Problem[];
  /** Resolves when those that were not followed before have been read: false if there were none. */
  readonly followSecrets: (names: SecretNames) => Promise<boolean>;
  /** A generation has been published. */
  readonly onPublished: () => void;
  /** All that had changed has been worked up, and `problems` are those of this moment. */
  readonly onRebuilt: () => void;
  readonly log: Log;
}

/** How an attempt to put into force what is wanted has ended. */
export type RebuildResult = PublishResult | 'failed';

const ARENA_FULL: Problem = {
  object: null,
  field: '',
  reason: 'ArenaFull',
  message: 'the configuration does not fit into shared memory, so the one before stays in force',
  position: null,
};

export class Controller {
  readonly compileDurations: Durations = new Durations();
  readonly publishDurations: Durations = new Durations();
  readonly #options: ControllerOptions;
  readonly #problemLog: ProblemLog;
  readonly #holdoff = new Holdoff({
    quietMs: limits.rebuildQuietMs,
    waitMaxMs: limits.rebuildWaitMaxMs,
  });
  readonly #history = new GenerationHistory();
  readonly #translators: Translators;
  readonly #firstPublished = Promise.withResolvers<void>();
  #timer: NodeJS.Timeout | null = null;
  #recheckTimer: NodeJS.Timeout | null = null;
  #isClosed = false;
  #isArenaFull = false;
  #problems: readonly Problem[] = [];
  #inForce = NO_PLANS;
  /** Those of the changes that no generation has yet. */
  #causes = NO_CAUSES;
  #pin: Pin | null = null;
  /** The pin under which the plans in force were made. */
  #pinInForce: Pin | null = null;
  /** Who waits for the end of the next run. */
  readonly #waiting: ((result: RebuildResult) => void)[] = [];

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#translators = new Translators(options.store, options.translateOptions);
    this.#problemLog = new ProblemLog(options.log);
  }

  /** All problems that stand. */
  get problems(): readonly Problem[] {
    return this.#problems;
  }

  /** The routes in force. */
  get routes(): RoutingPlan {
    return this.#inForce.routes;
  }

  /** The endpoints in force, those of DNS names too. */
  get endpoints(): EndpointPlan {
    return this.#inForce.endpoints;
  }

  get tls(): TlsPlan {
    return this.#inForce.tls;
  }

  /** The last change did not fit into the arena, and tries again when there is more room. */
  get isArenaFull(): boolean {
    return this.#isArenaFull;
  }

  /** The generations that can be gone back to. */
  get history(): GenerationHistory {
    return this.#history;
  }

  /** The generation whose routes stay in force; null if none does. */
  get pinned(): number | null {
    return this.#pin?.record.generation ?? null;
  }

  get firstPublished(): Promise<void> {
    return this.#firstPublished.promise;
  }

  /** Something has changed: the Store, an answer of DNS, or the problems of the source. */
  changed(): void {
    this.#holdoff.request(performance.now());
    this.#schedule();
  }

  /** Some worker reads less old memory than before. */
  workerPassed(): void {
    if (this.#options.publisher.reclaim() && this.#isArenaFull) this.changed();
  }

  /**
   * Puts the routes and certificates of a kept generation into force, by one store, and keeps them
   * there; null lets them follow the objects again. Resolves once the store is done, or cannot be.
   */
  pin(record: GenerationRecord | null): Promise<RebuildResult> {
    this.#pin = record === null ? null : new Pin(record);
    return this.#nextRun();
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#recheckTimer !== null) clearTimeout(this.#recheckTimer);
  }

  #schedule(): void {
    const dueAt = this.#holdoff.dueAt();
    if (dueAt === null || this.#isClosed) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const waitMs = dueAt - performance.now();
    if (waitMs <= 0) void this.#run();
    else this.#timer = setTimeout(() => this.#run(), waitMs);
  }

  #nextRun(): Promise<RebuildResult> {
    const { promise, resolve } = Promise.withResolvers<RebuildResult>();
    this.#waiting.push(resolve);
    this.changed();
    return promise;
  }

  async #run(): Promise<void> {
    this.#holdoff.started();
    const waiting = this.#waiting.splice(0);
    const pin = this.#pin;
    const result = await this.#tryToRebuild(pin);
    // What could not be put in force must not be so later, when nobody expects it.
    const hasFailed = result === 'failed' || result === 'arenaFull';
    if (hasFailed && this.#pin === pin) this.#pin = this.#pinInForce;
    this.#holdoff.finished(performance.now());
    for (const resolve of waiting) resolve(result);
    if (!this.#isClosed) this.#options.onRebuilt();
    this.#schedule();
  }

  async #tryToRebuild(pin: Pin | null): Promise<RebuildResult> {
    try {
      return await this.#rebuild(pin);
    } catch (error) {
      // Our own mistake, not the user's: what was in force stays, and the next try starts afresh.
      this.#options.log.error('rebuild failed, the last good generation stays', { error });
      this.#translators.startAfresh();
      return 'failed';
    }
  }

  async #rebuild(pin: Pin | null): Promise<RebuildResult> {
    const { wanted, endpoints } = await this.#translate(pin);
    const routes = pin?.record.plans.routes ?? wanted.plan;
    const resolved = await this.#resolveNames(endpoints.plan);
    const plans = pin?.plans(resolved.plan) ?? {
      routes,
      endpoints: resolved.plan,
      tls: wanted.tls,
    };
    const result = await this.#putInForce(plans, pin);
    this.#recheckAt(wanted.recheckAtMs);
    this.#report([
      ...this.#options.sourceProblems(),
      ...wanted.problems,
      ...endpoints.problems,
      ...resolved.problems,
      ...(pin === null ? [] : [pin.problem]),
      ...(result === 'arenaFull' ? [ARENA_FULL] : []),
    ]);
    return result;
  }

  /** What the objects ask for, and the endpoints of the routes that are to be in force. */
  async #translate(
    pin: Pin | null,
  ): Promise<{ wanted: Translation; endpoints: EndpointTranslation }> {
    const changes = this.#takeChanges();
    const wanted = await this.#translators.routes(changes);
    const routes = pin?.record.plans.routes ?? wanted.plan;
    const endpoints = await this.#translators.endpoints(routes, changes);
    const areRead = this.#followSecrets(changes);
    // Nothing is served yet, so a moment for Secrets costs nobody a refusal.
    const isFirst = this.#options.publisher.generation === 0;
    return isFirst && (await areRead) ? this.#translate(pin) : { wanted, endpoints };
  }

  /** Null if the translators have seen nothing yet. */
  #takeChanges(): readonly ObjectChange[] | null {
    const changes = this.#options.store.takeChanges();
    this.#causes = addCauses(this.#causes, changes);
    return this.#translators.heed(changes);
  }

  // Pods come and go all the time, and name no Secrets.
  #followSecrets(changes: readonly ObjectChange[] | null): Promise<boolean> {
    const isOfPods = ({ before, after }: ObjectChange): boolean =>
      (after ?? before)?.kind === 'EndpointSlice';
    if (changes?.every(isOfPods)) return Promise.resolve(false);
    return this.#options.followSecrets(this.#translators.secrets());
  }

  async #resolveNames(endpoints: EndpointPlan): Promise<EndpointTranslation> {
    const { externalNames, publisher } = this.#options;
    externalNames.follow(endpoints);
    // Nothing is served yet, so a moment for DNS costs nobody a 503.
    if (publisher.generation === 0) {
      await externalNames.firstAnswers(limits.externalNameFirstAnswersMs);
    }
    return externalNames.resolve(endpoints);
  }

  /** The plans come after those in force, or after those of the generation gone back to. */
  async #putInForce(plans: Plans, pin: Pin | null): Promise<PublishResult> {
    const { publisher } = this.#options;
    const turn = pin === this.#pinInForce ? null : (pin?.record ?? null);
    const base = turn !== null && publisher.keptGenerations.includes(turn.generation) ? turn : null;
    const before = base?.plans ?? this.#inForce;
    const change = await this.#compile(before, plans);
    if (this.#isClosed) return 'unchanged';
    const isFirst = publisher.generation === 0;
    const isKept = isFirst || turn !== null || !isOfEndpointsOnly(change, before, plans);
    const result = await this.#publish(change, { isKept, base: base?.generation ?? null });
    this.#history.keepOnly(publisher.keptGenerations);
    this.#isArenaFull = result === 'arenaFull';
    if (result === 'arenaFull') {
      await this.#putEndpointsInForce(plans.endpoints);
      return result;
    }
    this.#inForce = plans;
    this.#pinInForce = pin;
    if (result === 'published' && isKept) {
      const rollbackOf = turn?.generation ?? null;
      this.#record({ plans, rollbackOf, changed: summarizeChange(change, before) });
    } else if (result === 'published') this.#history.endpointsChanged();
    if (pin === null) this.#causes = NO_CAUSES;
    return result;
  }

  /** Routes that find no room must not hold back the pods that come and go. */
  async #putEndpointsInForce(endpoints: EndpointPlan): Promise<void> {
    if (this.#options.publisher.generation === 0) return;
    const plans = withEndpoints(this.#inForce, endpoints);
    const change = await this.#compile(this.#inForce, plans);
    if (this.#isClosed) return;
    const result = await this.#publish(change, { isKept: false, base: null });
    if (result !== 'arenaFull') this.#inForce = plans;
    if (result === 'published') this.#history.endpointsChanged();
  }

  #record(made: Pick<GenerationRecord, 'plans' | 'rollbackOf' | 'changed'>): void {
    this.#history.add({
      ...made,
      generation: this.#options.publisher.generation,
      publishedAtMs: Date.now(),
      causes: made.rollbackOf === null ? this.#causes : NO_CAUSES,
    });
  }

  async #compile(before: Plans, plans: Plans): Promise<Change> {
    const startedAt = performance.now();
    const change = await compileChange(before, plans, this.#options.compile);
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
    this.#firstPublished.resolve();
    onPublished();
    return result;
  }

  /** A certificate begins or ends by the clock alone. */
  #recheckAt(timeMs: number): void {
    if (this.#recheckTimer !== null) clearTimeout(this.#recheckTimer);
    const waitMs = Math.min(Math.max(timeMs - Date.now(), 0), limits.recheckWaitMaxMs);
    this.#recheckTimer = timeMs === Infinity ? null : setTimeout(() => this.changed(), waitMs);
  }

  #report(problems: readonly Problem[]): void {
    const before = this.#problems;
    const isSame = problems.every((problem, index) => problem === before[index]);
    if (isSame && problems.length === before.length) return;
    this.#problems = problems;
    this.#problemLog.update(problems);
  }
}

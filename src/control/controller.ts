// From a change in the Store to a published generation: one method per arrow of the pipeline, and
// the pipeline itself in `#rebuild`. It decides when; what each arrow does is told elsewhere.

import { Holdoff } from '#base/holdoff.ts';
import { limits } from '#base/limits.ts';
import type { Log } from '#base/log.ts';
import type { ObjectRef, Problem } from '#base/problem.ts';
import type { SecretNames } from '#kubernetes/named-secrets.ts';
import type { ObjectChange } from '#kubernetes/resources.ts';
import type { Store } from '#kubernetes/store.ts';
import type { EndpointPlan } from '#plan/endpoint-plan.ts';
import type { RoutingPlan } from '#plan/routing-plan.ts';
import type { TlsPlan } from '#plan/tls-plan.ts';
import type { WorkerCounters } from '#protocol/worker-counters.ts';
import type { EndpointTranslation } from '#translate/endpoint-translator.ts';
import type { TranslateOptions } from '#translate/translate-input.ts';
import type { Translation } from '#translate/translator.ts';
import { addCauses, NO_CAUSES } from './causes.ts';
import type { Compile, Plans } from './compile-change.ts';
import { ConfigCanary } from './config-canary.ts';
import type { ExternalNames } from './external-names.ts';
import type { GenerationHistory, GenerationRecord } from './generation-history.ts';
import { type CanaryBounds, judgeCanary } from './judge-canary.ts';
import { type Pin, pinOf } from './pin.ts';
import { PlansInForce, type Step } from './plans-in-force.ts';
import { ProblemLog } from './problem-log.ts';
import type { Publisher, PublishResult } from './publisher.ts';
import { runInSlices } from './run-in-slices.ts';
import { Translators } from './translators.ts';
import { UntriedChanges } from './untried-changes.ts';

export interface ControllerOptions {
  readonly store: Store;
  readonly translateOptions: TranslateOptions;
  readonly externalNames: ExternalNames;
  readonly compile: Compile;
  readonly publisher: Publisher;
  /** Null if every generation goes to all workers at once. */
  readonly trials: Trials | null;
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

/** How generations of routes are tried by one worker before all have them. */
export interface Trials extends CanaryBounds {
  /** Null where there is no worker to compare with. */
  readonly pickWorker: () => number | null;
  /** Of each worker. */
  readonly counters: () => readonly WorkerCounters[];
  /** How often a worker has died so far. */
  readonly deaths: (worker: number) => number;
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

function withdrawnProblem(object: ObjectRef): Problem {
  const message =
    'the one worker that served it died, or failed too many requests; what was before stays';
  return { object, field: '', reason: 'ConfigWithdrawn', message, position: null };
}

export class Controller {
  /** What is served, and was. */
  readonly inForce: PlansInForce;
  readonly #options: ControllerOptions;
  readonly #problemLog: ProblemLog;
  readonly #holdoff = new Holdoff({
    quietMs: limits.rebuildQuietMs,
    waitMaxMs: limits.rebuildWaitMaxMs,
  });
  readonly #translators: Translators;
  readonly #firstPublished = Promise.withResolvers<void>();
  #timer: NodeJS.Timeout | null = null;
  #recheckTimer: NodeJS.Timeout | null = null;
  #isClosed = false;
  #isArenaFull = false;
  #problems: readonly Problem[] = [];
  /** Those of the changes that no generation has yet. */
  #causes = NO_CAUSES;
  #pin: Pin | null = null;
  /** The pin under which the plans in force were made. */
  #pinInForce: Pin | null = null;
  /** The generation that one worker tries. */
  #canary: ConfigCanary | null = null;
  readonly #untried = new UntriedChanges();
  #lookTimer: NodeJS.Timeout | null = null;
  /** Who waits for the end of the next run. */
  readonly #waiting: ((result: RebuildResult) => void)[] = [];

  constructor(options: ControllerOptions) {
    this.#options = options;
    const { compile, publisher, onPublished, log } = options;
    this.inForce = new PlansInForce({ compile, publisher, onPublished, log });
    this.#translators = new Translators(options.store, options.translateOptions);
    this.#problemLog = new ProblemLog(options.log);
  }

  /** All problems that stand. */
  get problems(): readonly Problem[] {
    return this.#problems;
  }

  /** The routes in force. */
  get routes(): RoutingPlan {
    return this.inForce.plans.routes;
  }

  /** The endpoints in force, those of DNS names too. */
  get endpoints(): EndpointPlan {
    return this.inForce.plans.endpoints;
  }

  get tls(): TlsPlan {
    return this.inForce.plans.tls;
  }

  /** The last change did not fit into the arena, and tries again when there is more room. */
  get isArenaFull(): boolean {
    return this.#isArenaFull;
  }

  /** The generations that can be gone back to. */
  get history(): GenerationHistory {
    return this.inForce.history;
  }

  /** The generation whose routes stay in force; null if none does. */
  get pinned(): number | null {
    return this.#pin?.record.generation ?? null;
  }

  /** Resolves when something is in force, and the problems of that moment are known. */
  /** One worker serves other routes than those in force. */
  get isTrying(): boolean {
    return this.#canary !== null;
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
    this.#pin = record === null ? null : pinOf(record);
    return this.#nextRun();
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#recheckTimer !== null) clearTimeout(this.#recheckTimer);
    if (this.#lookTimer !== null) clearInterval(this.#lookTimer);
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
    await this.#endTrial(pin);
    const canary = this.#canary;
    const routes = pin?.record.plans.routes ?? canary?.routes ?? null;
    const { wanted, endpoints } = await this.#translate(pin, routes);
    const resolved = await this.#resolveNames(endpoints.plan);
    const own = { routes: wanted.plan, endpoints: resolved.plan, tls: wanted.tls };
    const result =
      canary === null
        ? await this.#putInForce(pin?.routes.plansWith(resolved.plan) ?? own, pin)
        : await this.inForce.takeBoth(canary, resolved.plan);
    this.#isArenaFull = result === 'arenaFull';
    this.#recheckAt(wanted.recheckAtMs);
    this.#report([
      ...this.#options.sourceProblems(),
      ...wanted.problems,
      ...endpoints.problems,
      ...resolved.problems,
      ...this.#translators.held().map(withdrawnProblem),
      ...(pin === null ? [] : [pin.problem]),
      ...(result === 'arenaFull' ? [ARENA_FULL] : []),
    ]);
    if (this.#options.publisher.generation > 0) this.#firstPublished.resolve();
    return result;
  }

  /** What the objects ask for, and the endpoints of that or of routes that stay. */
  async #translate(
    pin: Pin | null,
    fixed: RoutingPlan | null,
  ): Promise<{ wanted: Translation; endpoints: EndpointTranslation }> {
    const changes = await this.#takeChanges(pin);
    const wanted = await this.#translators.routes(changes);
    const endpoints = await this.#translators.endpoints(fixed ?? wanted.plan, changes);
    const areRead = this.#followSecrets(changes);
    // Nothing is served yet, so a moment for Secrets costs nobody a refusal.
    const isFirst = this.#options.publisher.generation === 0;
    return isFirst && (await areRead) ? this.#translate(pin, fixed) : { wanted, endpoints };
  }

  /** Null if the translators have seen nothing yet. */
  async #takeChanges(pin: Pin | null): Promise<readonly ObjectChange[] | null> {
    const changes = this.#options.store.takeChanges();
    const seen = this.#translators.heed(changes);
    const mayBeTried = this.#options.trials !== null && pin === null && this.#pinInForce === null;
    if (mayBeTried) this.#untried.add(seen);
    else this.#untried.clear();
    this.#causes = await runInSlices(addCauses(this.#causes, changes));
    return this.#translators.takeUntold();
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

  async #putInForce(plans: Plans, pin: Pin | null): Promise<PublishResult> {
    const isTurn = pin !== this.#pinInForce;
    const step = await this.inForce.stepTo(plans, isTurn ? (pin?.record ?? null) : null);
    if (this.#isClosed) return 'unchanged';
    const worker = step.isOfRoutes && !isTurn ? this.#workerForTrial() : null;
    const { trials } = this.#options;
    if (trials !== null && worker !== null) return this.#tryFirst(step, worker, trials);
    const result = await this.inForce.take(step, step.backTo === null ? this.#causes : NO_CAUSES);
    if (result === 'arenaFull') return result;
    this.#pinInForce = pin;
    if (pin === null) this.#causes = NO_CAUSES;
    this.#untried.clear();
    return result;
  }

  /** Null for all at once. What nobody could hold back is not tried, or that would never end. */
  #workerForTrial(): number | null {
    const { trials, publisher } = this.#options;
    const hasCause = this.#untried.changes.length > 0;
    return hasCause && publisher.generation > 0 ? (trials?.pickWorker() ?? null) : null;
  }

  /** One worker first. The endpoints are those that either of both needs, from here on. */
  async #tryFirst(step: Step, worker: number, trials: Trials): Promise<PublishResult> {
    const canary = new ConfigCanary({
      worker,
      counters: trials.counters(),
      deaths: () => trials.deaths(worker),
      step,
      causes: this.#causes,
      changes: this.#untried.changes,
      nowMs: performance.now(),
    });
    const endpoints = await this.#translators.endpoints(canary.routes, []);
    const resolved = await this.#resolveNames(endpoints.plan);
    const result = await this.inForce.takeBoth(canary, resolved.plan);
    if (result === 'arenaFull') return result;
    this.#canary = canary;
    this.#causes = NO_CAUSES;
    this.#untried.clear();
    this.#lookTimer = setInterval(() => this.#look(canary), limits.canaryLookMs);
    return result;
  }

  #look(canary: ConfigCanary): void {
    const { trials } = this.#options;
    if (trials === null || canary !== this.#canary) return;
    canary.verdict = judgeCanary(canary.counts(performance.now()), trials);
    if (canary.verdict !== 'open') this.changed();
  }

  /** By its verdict, or because a generation is pinned, which concerns all workers. */
  async #endTrial(pin: Pin | null): Promise<void> {
    const canary = this.#canary;
    if (canary === null || (canary.verdict === 'open' && pin === null)) return;
    if (canary.verdict === 'good' && pin === null) {
      const result = await this.inForce.promote(canary);
      if (result === 'arenaFull') return;
    } else {
      this.inForce.withdraw(canary);
      if (canary.verdict === 'bad') this.#translators.hold(this.#untried.withdraw(canary.changes));
      // All get it when the pin is let go of, and then this is why.
      else this.#causes = await runInSlices(addCauses(this.#causes, canary.changes));
    }
    this.#canary = null;
    if (this.#lookTimer !== null) clearInterval(this.#lookTimer);
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

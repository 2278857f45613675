// From a change in the Store to a published generation: one method per arrow of the pipeline, and
// the pipeline itself in `#rebuild`. It decides when; what each arrow does is told elsewhere.

import { Holdoff } from '#base/holdoff.ts';
import { limits } from '#base/limits.ts';
import type { Log } from '#base/log.ts';
import type { Problem } from '#base/problem.ts';
import type { ObjectChange } from '#kubernetes/resources.ts';
import type { Store } from '#kubernetes/store.ts';
import type { EndpointPlan } from '#plan/endpoint-plan.ts';
import type { RoutingPlan } from '#plan/routing-plan.ts';
import type { TlsPlan } from '#plan/tls-plan.ts';
import { newCertificateMemory } from '#translate/certificate-memory.ts';
import { type EndpointTranslation, EndpointTranslator } from '#translate/endpoint-translator.ts';
import type { SecretName, TranslateOptions } from '#translate/translate-input.ts';
import { type Translation, Translator } from '#translate/translator.ts';
import type { Change } from './change.ts';
import { type Compile, compileChange, NO_PLANS, type Plans } from './compile-change.ts';
import { Durations } from './durations.ts';
import type { ExternalNames } from './external-names.ts';
import { ProblemLog } from './problem-log.ts';
import type { Publisher, PublishResult } from './publisher.ts';
import { runInSlices } from './run-in-slices.ts';

export interface ControllerOptions {
  readonly store: Store;
  readonly translateOptions: TranslateOptions;
  readonly externalNames: ExternalNames;
  readonly compile: Compile;
  readonly publisher: Publisher;
  /** What is wrong with the source of the Store, such as a file that is not YAML. */
  readonly sourceProblems: () => readonly Problem[];
  /** Of the Secrets that the configuration names, there or not: the most important first. */
  readonly followSecrets: (names: readonly SecretName[]) => void;
  /** A generation has been published. */
  readonly onPublished: () => void;
  /** All that had changed has been worked up, and `problems` are those of this moment. */
  readonly onRebuilt: () => void;
  readonly log: Log;
}

/** They remember what they have seen, so both are let go when one of them has failed. */
interface Translators {
  readonly routes: Translator;
  readonly endpoints: EndpointTranslator;
  readonly haveBegun: boolean;
}

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
  /** Outlives the translators: what hosts had must not be lost by a failure of ours. */
  readonly #certificates = newCertificateMemory();
  #translators: Translators;
  readonly #firstPublished = Promise.withResolvers<void>();
  #timer: NodeJS.Timeout | null = null;
  #recheckTimer: NodeJS.Timeout | null = null;
  #isClosed = false;
  #isArenaFull = false;
  #problems: readonly Problem[] = [];
  #inForce = NO_PLANS;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#translators = this.#newTranslators();
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

  async #run(): Promise<void> {
    this.#holdoff.started();
    try {
      await this.#rebuild();
    } catch (error) {
      // Our own mistake, not the user's: what was in force stays, and the next try starts afresh.
      this.#options.log.error('rebuild failed, the last good generation stays', { error });
      this.#translators = this.#newTranslators();
    }
    this.#holdoff.finished(performance.now());
    if (!this.#isClosed) this.#options.onRebuilt();
    this.#schedule();
  }

  async #rebuild(): Promise<void> {
    const changes = this.#takeChanges();
    const routes = await this.#translateRoutes(changes);
    const endpoints = await this.#translateEndpoints(routes.plan, changes);
    this.#followSecrets(changes);
    const resolved = await this.#resolveNames(endpoints.plan);
    const plans = { routes: routes.plan, endpoints: resolved.plan, tls: routes.tls };
    const change = await this.#compile(plans);
    if (this.#isClosed) return;
    const result = await this.#publish(change);
    if (result !== 'arenaFull') this.#inForce = plans;
    this.#recheckAt(routes.recheckAtMs);
    this.#report([
      ...this.#options.sourceProblems(),
      ...routes.problems,
      ...endpoints.problems,
      ...resolved.problems,
      ...(result === 'arenaFull' ? [ARENA_FULL] : []),
    ]);
  }

  /** Null if the translators have seen nothing yet. */
  #takeChanges(): readonly ObjectChange[] | null {
    const changes = this.#options.store.takeChanges();
    const { haveBegun } = this.#translators;
    this.#translators = { ...this.#translators, haveBegun: true };
    return haveBegun ? changes : null;
  }

  #translateRoutes(changes: readonly ObjectChange[] | null): Promise<Translation> {
    const { store } = this.#options;
    return runInSlices(this.#translators.routes.translate(store, changes, Date.now()));
  }

  #translateEndpoints(
    routes: RoutingPlan,
    changes: readonly ObjectChange[] | null,
  ): Promise<EndpointTranslation> {
    const { store } = this.#options;
    return runInSlices(this.#translators.endpoints.translate(routes, store, changes));
  }

  // Pods come and go all the time, and name no Secrets.
  #followSecrets(changes: readonly ObjectChange[] | null): void {
    const isOfPods = ({ before, after }: ObjectChange): boolean =>
      (after ?? before)?.kind === 'EndpointSlice';
    if (changes?.every(isOfPods)) return;
    const { routes, endpoints } = this.#translators;
    this.#options.followSecrets([
      ...routes.authoritySecrets(),
      ...endpoints.secrets(),
      ...routes.certificateSecrets(),
    ]);
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

  async #compile(plans: Plans): Promise<Change> {
    const startedAt = performance.now();
    const change = await compileChange(this.#inForce, plans, this.#options.compile);
    this.compileDurations.record(performance.now() - startedAt);
    return change;
  }

  async #publish(change: Change): Promise<PublishResult> {
    const { publisher, onPublished, log } = this.#options;
    const startedAt = performance.now();
    const result = await runInSlices(publisher.publish(change));
    this.#isArenaFull = result === 'arenaFull';
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

  #newTranslators(): Translators {
    const { translateOptions } = this.#options;
    return {
      routes: new Translator(translateOptions, this.#certificates),
      endpoints: new EndpointTranslator(translateOptions),
      haveBegun: false,
    };
  }
}

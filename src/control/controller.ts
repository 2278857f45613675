// From a change in the Store to a published generation: one method per arrow of the pipeline, and
// the pipeline itself in `#rebuild`. It decides when; what each arrow does is told elsewhere.

import { Holdoff } from '#base/holdoff.ts';
import { limits } from '#base/limits.ts';
import type { Log } from '#base/log.ts';
import type { Problem } from '#base/problem.ts';
import type { Store, StoreChanges } from '#kubernetes/store.ts';
import type { EndpointPlan } from '#plan/endpoint-plan.ts';
import type { RoutingPlan, VirtualHost } from '#plan/routing-plan.ts';
import { type EndpointTranslation, EndpointTranslator } from '#translate/endpoint-translator.ts';
import type { TranslateOptions } from '#translate/translate-input.ts';
import { type Translation, Translator } from '#translate/translator.ts';
import { compileContent } from './compile-content.ts';
import type { Content } from './content.ts';
import { Durations } from './durations.ts';
import type { ExternalNames } from './external-names.ts';
import { ProblemLog } from './problem-log.ts';
import type { Publisher, PublishResult } from './publisher.ts';

export interface ControllerOptions {
  readonly store: Store;
  readonly translateOptions: TranslateOptions;
  readonly externalNames: ExternalNames;
  readonly compile: (hosts: readonly VirtualHost[]) => Promise<readonly Uint8Array[]>;
  readonly publisher: Publisher;
  /** What is wrong with the source of the Store, such as a file that is not YAML. */
  readonly sourceProblems: () => readonly Problem[];
  /** A generation has been published. */
  readonly onPublished: () => void;
  readonly log: Log;
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
  readonly #translator: Translator;
  readonly #endpointTranslator = new EndpointTranslator();
  readonly #firstPublished = Promise.withResolvers<void>();
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;
  /** Null when it must be translated whatever has changed. */
  #translation: Translation | null = null;
  #isArenaFull = false;
  #problems: readonly Problem[] = [];
  #routes: RoutingPlan = { virtualHosts: [], defaultRoute: null };
  #endpoints: EndpointPlan = { upstreams: [] };

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#translator = new Translator(options.translateOptions);
    this.#problemLog = new ProblemLog(options.log);
  }

  /** All problems that stand. */
  get problems(): readonly Problem[] {
    return this.#problems;
  }

  /** The routes in force. */
  get routes(): RoutingPlan {
    return this.#routes;
  }

  /** The endpoints in force, those of DNS names too. */
  get endpoints(): EndpointPlan {
    return this.#endpoints;
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
      this.#translation = null;
    }
    this.#holdoff.finished(performance.now());
    this.#schedule();
  }

  async #rebuild(): Promise<void> {
    const routes = this.#translateRoutes(this.#options.store.takeChanges());
    const endpoints = this.#translateEndpoints(routes.plan);
    const resolved = await this.#resolveNames(endpoints.plan);
    const content = await this.#compile(routes.plan, resolved.plan);
    if (this.#isClosed) return;
    const result = this.#publish(content);
    if (result !== 'arenaFull') this.#putInForce(routes.plan, resolved.plan);
    this.#report([
      ...this.#options.sourceProblems(),
      ...routes.problems,
      ...endpoints.problems,
      ...resolved.problems,
      ...(result === 'arenaFull' ? [ARENA_FULL] : []),
    ]);
  }

  #translateRoutes(changes: StoreChanges): Translation {
    if (changes.routes || this.#translation === null) {
      this.#translation = this.#translator.translate(this.#options.store);
    }
    return this.#translation;
  }

  #translateEndpoints(routes: RoutingPlan): EndpointTranslation {
    return this.#endpointTranslator.translate(routes, this.#options.store);
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

  async #compile(routes: RoutingPlan, endpoints: EndpointPlan): Promise<Content> {
    const { publisher, compile } = this.#options;
    const startedAt = performance.now();
    const content = await compileContent(routes, endpoints, {
      holds: (key) => publisher.holds(key),
      compile,
    });
    this.compileDurations.record(performance.now() - startedAt);
    return content;
  }

  #publish(content: Content): PublishResult {
    const { publisher, onPublished, log } = this.#options;
    const startedAt = performance.now();
    const result = publisher.publish(content);
    this.#isArenaFull = result === 'arenaFull';
    if (result !== 'published') return result;
    const durationMs = performance.now() - startedAt;
    this.publishDurations.record(durationMs);
    log.debug('published', { generation: publisher.generation, durationMs });
    this.#firstPublished.resolve();
    onPublished();
    return result;
  }

  #putInForce(routes: RoutingPlan, endpoints: EndpointPlan): void {
    this.#routes = routes;
    this.#endpoints = endpoints;
  }

  #report(problems: readonly Problem[]): void {
    this.#problems = problems;
    this.#problemLog.update(problems);
  }
}

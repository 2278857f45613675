// One loop that keeps a mirror equal to one collection of the API server: it lists in pages, then
// watches from there on, for as long as the process lives and whatever the server does. When to do
// what is decided in watch-course.ts; what the objects are, the mirror knows.

import { limits } from '#base/limits.ts';
import { quote } from '#base/quote.ts';
import type { ApiClient, ApiRequest } from './api-client.ts';
import { ApiError } from './api-error.ts';
import { isOlder, MalformedAnswerError, readListPage, readWatchEvent } from './api-list.ts';
import { type Course, FIRST_COURSE, nextCourse, type Outcome } from './watch-course.ts';

/**
 * Takes what the server tells. It throws MalformedAnswerError for what it cannot take; anything
 * else that it throws is reported and stops nothing.
 */
export interface Mirror {
  /** A list begins: what is upserted before `endList` is all there is. */
  beginList(): void;
  endList(): void;
  upsert(object: unknown): void;
  delete(object: unknown): void;
}

/** Hears how it goes. */
export interface WatchObserver {
  /** The server has answered. */
  readonly onContact: () => void;
  /** The step failed, and will be taken again. */
  readonly onFailure: (error: Error) => void;
  /** We may not read an optional collection. */
  readonly onForbidden: () => void;
  /** The mirror has thrown. */
  readonly onFault: (error: unknown) => void;
}

export interface ListAndWatchOptions {
  readonly client: ApiClient;
  /** Of the collection, such as `/api/v1/services`. */
  readonly path: string;
  /** Selectors: `fieldSelector`, `labelSelector`. */
  readonly query: Readonly<Record<string, string>>;
  readonly mirror: Mirror;
  readonly observer: WatchObserver;
  /** Where we may not read it, it counts as empty for the time being. */
  readonly isOptional: boolean;
  /** A watch on which nothing comes for so long is taken for dead. */
  readonly silenceMaxMs: number;
}

const FORBIDDEN = 403;
const GONE = 410;
/** The server is busy: the watch is as good as before. */
const BUSY: readonly number[] = [429, 503, 504];
/** There was no answer, or none but that there is no time for one. */
const PASSING: readonly number[] = [0, 429, 503];

export class ListAndWatch {
  readonly #options: ListAndWatchOptions;
  readonly #abort = new AbortController();
  readonly #firstListed = Promise.withResolvers<void>();
  #course: Course = FIRST_COURSE;
  /** The version up to which the mirror is right. */
  #version = '';
  /** The watch has told something, or stood long enough. */
  #isSound = false;
  /** The last step got no answer at all. */
  #isUnanswered = false;
  #isForbidden = false;
  #endWait: (() => void) | null = null;

  constructor(options: ListAndWatchOptions) {
    this.#options = options;
  }

  /** Resolves when the mirror holds a whole list for the first time. */
  get firstListed(): Promise<void> {
    return this.#firstListed.promise;
  }

  /** The mirror may hold what is no longer there, and what came is still to be listed. */
  get isBehind(): boolean {
    return this.#course.step === 'list' && !this.#isForbidden;
  }

  /** Resolves when it has been closed. */
  async run(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      this.#isSound = false;
      this.#isUnanswered = false;
      const outcome = await this.#step();
      const end = { outcome, wasSound: this.#isSound, random: Math.random() };
      this.#course = nextCourse(this.#course, end);
      await this.#wait(this.#course.waitMs);
    }
  }

  /** The server answers others: if it did not answer here, it is tried again at once. */
  wake(): void {
    if (this.#isUnanswered) this.#endWait?.();
  }

  close(): void {
    this.#abort.abort();
    this.#endWait?.();
  }

  async #step(): Promise<Outcome> {
    try {
      return this.#course.step === 'list' ? await this.#list() : await this.#watch();
    } catch (error) {
      if (this.#abort.signal.aborted) return { type: 'ended' };
      return this.#fail(error as Error);
    }
  }

  #fail(error: Error): Outcome {
    const { isOptional, observer } = this.#options;
    const status = error instanceof ApiError ? error.status : null;
    this.#isForbidden = status === FORBIDDEN && isOptional;
    if (this.#isForbidden) {
      observer.onForbidden();
      this.#firstListed.resolve();
      return { type: 'failed', retryAfterMs: limits.forbiddenRetryMs };
    }
    this.#isUnanswered = status === 0;
    const outcome = outcomeOf(error);
    // That history is forgotten is in the order of things.
    if (outcome.type !== 'gone') observer.onFailure(error);
    return outcome;
  }

  async #list(): Promise<Outcome> {
    const { client, mirror, observer } = this.#options;
    this.#tell(() => mirror.beginList());
    let token: string | null = null;
    for (let count = 0; count < limits.listPagesMax; count++) {
      const paging: Record<string, string> = { limit: String(limits.listPageItems) };
      if (token !== null) paging.continue = token;
      const page = readListPage(await client.request(this.#request(paging)));
      // What it brought may have been taken away since, and must not come back.
      this.#abort.signal.throwIfAborted();
      observer.onContact();
      for (const item of page.items) this.#tellItem(() => mirror.upsert(item));
      this.#version = page.resourceVersion;
      token = page.continueToken;
      if (token === null) {
        this.#tell(() => mirror.endList());
        this.#firstListed.resolve();
        return { type: 'listed' };
      }
    }
    throw new MalformedAnswerError(`a list of more than ${limits.listPagesMax} pages`);
  }

  async #watch(): Promise<Outcome> {
    const { client, observer, silenceMaxMs } = this.#options;
    // Watches that began together shall not end together.
    const timeoutSeconds = Math.ceil(limits.watchSeconds * (1 + Math.random()));
    const request = this.#request({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: this.#version,
      timeoutSeconds: String(timeoutSeconds),
    });
    const beganAt = performance.now();
    try {
      const onLine = (line: string): void => this.#takeLine(line);
      await client.stream(request, { onOpen: observer.onContact, onLine, silenceMaxMs });
    } finally {
      if (performance.now() - beganAt >= limits.watchSoundMs) this.#isSound = true;
    }
    return { type: 'ended' };
  }

  #takeLine(line: string): void {
    const { mirror, observer } = this.#options;
    const event = readWatchEvent(line);
    if (event.type === 'error') throw new WatchEventError(event.code, event.message);
    if (isOlder(event.version, this.#version)) {
      throw new MalformedAnswerError('an event that is older than the one before it');
    }
    if (event.type === 'upsert') this.#tell(() => mirror.upsert(event.object));
    if (event.type === 'delete') this.#tell(() => mirror.delete(event.object));
    this.#version = event.version;
    this.#isSound = true;
    observer.onContact();
  }

  #request(query: Readonly<Record<string, string>>): ApiRequest {
    const { path, query: selectors } = this.#options;
    return { method: 'GET', path, query: { ...selectors, ...query }, signal: this.#abort.signal };
  }

  /** A mistake of our own is reported and passed over; what is malformed ends the step. */
  #tell(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      if (error instanceof MalformedAnswerError) throw error;
      this.#options.observer.onFault(error);
    }
  }

  /** To list again would not mend a malformed item. */
  #tellItem(tell: () => void): void {
    try {
      this.#tell(tell);
    } catch (error) {
      this.#options.observer.onFailure(error as Error);
    }
  }

  async #wait(ms: number): Promise<void> {
    if (ms <= 0 || this.#abort.signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#endWait = resolve;
    const timer = setTimeout(resolve, ms);
    await promise;
    clearTimeout(timer);
    this.#endWait = null;
  }
}

/** The server has ended a watch with an ERROR event. */
class WatchEventError extends Error {
  /** As of HTTP. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(`the watch ended with ${status} ${quote(message)}`);
    this.status = status;
  }
}

function outcomeOf(error: unknown): Outcome {
  if (error instanceof ApiError) {
    const { status, retryAfterMs } = error;
    if (status === GONE) return { type: 'gone' };
    return { type: PASSING.includes(status) ? 'failed' : 'refused', retryAfterMs };
  }
  if (error instanceof WatchEventError) {
    if (error.status === GONE) return { type: 'gone' };
    return BUSY.includes(error.status)
      ? { type: 'failed', retryAfterMs: null }
      : { type: 'confused' };
  }
  return { type: 'confused' };
}

// Whether the API server answers, for each collection that is watched: kept for metrics, and told
// to the log once when it ends, once a minute while it lasts, and once when it is over. It takes
// the time as an argument.

import { limits } from '#base/limits.ts';
import type { Log } from '#base/log.ts';
import { ApiError } from './api-error.ts';

export interface WatchStatus {
  /** The kind of object, such as `Ingress`. */
  readonly kind: string;
  readonly isConnected: boolean;
  /** Null before the first. */
  readonly lastContactMs: number | null;
}

interface Entry {
  readonly kind: string;
  isConnected: boolean;
  /** The last request got no answer at all. */
  isUnanswered: boolean;
  lastContactMs: number | null;
}

const TOO_MANY_REQUESTS = 429;
const INTERNAL_ERROR = 500;
const SERVER = 'server';

export class ClusterContact {
  readonly #log: Log;
  /** By path. */
  readonly #entries = new Map<string, Entry>();
  /** What the log was told of, and when: the server as a whole, or one path that it refuses. */
  readonly #told = new Map<string, number>();

  constructor(log: Log) {
    this.#log = log;
  }

  add(path: string, kind: string): void {
    this.#entries.set(path, {
      kind,
      isConnected: false,
      isUnanswered: false,
      lastContactMs: null,
    });
  }

  /** Nobody asks for this path any more. */
  remove(path: string): void {
    this.#entries.delete(path);
    this.#told.delete(path);
  }

  statuses(): WatchStatus[] {
    return [...this.#entries.values()].map(({ kind, isConnected, lastContactMs }) => ({
      kind,
      isConnected,
      lastContactMs,
    }));
  }

  /** False while some path gets no answer at all. */
  get isAnswered(): boolean {
    return this.#entries.values().every(({ isUnanswered }) => !isUnanswered);
  }

  /** The server has answered for this path. True if it had not the last time. */
  succeeded(path: string, nowMs: number): boolean {
    const entry = this.#entries.get(path);
    if (entry === undefined) return false;
    const wasConnected = entry.isConnected;
    entry.isConnected = true;
    entry.isUnanswered = false;
    entry.lastContactMs = nowMs;
    if (wasConnected) return false;
    const isWhole = [...this.#entries.values()].every(({ isConnected }) => isConnected);
    if (isWhole && this.#told.delete(SERVER)) this.#log.info('the API server answers again');
    return true;
  }

  /** It has answered that we may not read this path, which we can do without. */
  forbidden(path: string, nowMs: number): void {
    this.succeeded(path, nowMs);
    if (this.#told.has(path)) return;
    this.#told.set(path, nowMs);
    this.#log.warn('not allowed to read this, going on as if there were none', { path });
  }

  failed(path: string, error: Error, nowMs: number): void {
    const entry = this.#entries.get(path);
    if (entry === undefined) return;
    entry.isConnected = false;
    entry.isUnanswered = error instanceof ApiError && error.status === 0;
    const subject = isOfServer(error) ? SERVER : path;
    const toldAtMs = this.#told.get(subject) ?? Number.NEGATIVE_INFINITY;
    if (nowMs - toldAtMs < limits.contactLogQuietMs) return;
    this.#told.set(subject, nowMs);
    const silentSeconds =
      entry.lastContactMs === null ? null : Math.round((nowMs - entry.lastContactMs) / 1_000);
    this.#log.warn('the API server does not give what is asked, what it gave last stays', {
      path,
      reason: error.message,
      silentSeconds,
    });
  }
}

/** The server as a whole is away or ill; else it is about what was asked. */
function isOfServer(error: Error): boolean {
  if (!(error instanceof ApiError)) return false;
  const { status } = error;
  return status === 0 || status === TOO_MANY_REQUESTS || status >= INTERNAL_ERROR;
}

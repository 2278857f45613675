// What becomes of a write that the API server did not take, and who is told: the log once for each
// right that is missing, and routing never. What is written is not known here.

import { limits } from '#base/limits.ts';
import type { Log } from '#base/log.ts';
import { ApiError } from './api-error.ts';

/** What was tried, in the words of RBAC. */
export interface Access {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch';
  /** With its subresource: `ingresses/status`. */
  readonly resource: string;
  /** Empty for the whole cluster. */
  readonly namespace: string;
}

/** Try again soon; try again when somebody may have mended it; or nobody needs it any more. */
export type FailureOutcome = 'retry' | 'later' | 'drop';

export class WriteFailures {
  readonly #log: Log;
  readonly #told = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  note(error: unknown, access: Access): FailureOutcome {
    if (!(error instanceof ApiError)) {
      // Our own mistake; requests are served all the same.
      this.#log.error('a write to the cluster failed', { ...access, error });
      return 'later';
    }
    const { status, message } = error;
    // The object changed meanwhile, or it is gone; both are told by the watch.
    if (status === 409) return 'retry';
    if (status === 404) return 'drop';
    if (isPassing(status)) {
      this.#log.debug('the API server did not take a write', { error: message });
      return 'retry';
    }
    // A namespace that ends takes nothing any more, which is nobody's mistake.
    if (status === 403 && message.includes('being terminated')) return 'drop';
    this.#tellOnce(status === 403 ? 'forbidden' : 'refused', error, access);
    return 'later';
  }

  #tellOnce(what: 'forbidden' | 'refused', { message }: ApiError, access: Access): void {
    const key = [what, access.verb, access.resource, access.namespace].join(' ');
    if (this.#told.has(key) || this.#told.size >= limits.writeFailuresToldMax) return;
    this.#told.add(key);
    const fields = { ...access, answer: message };
    if (what === 'refused') this.#log.warn('the API server refuses what Headgate writes', fields);
    else this.#log.warn('Headgate lacks a right, so it does without; see its RBAC rules', fields);
  }
}

/** No answer, not authenticated for the moment, too many requests, or an error of the server. */
function isPassing(status: number): boolean {
  return status === 0 || status === 401 || status === 429 || status >= 500;
}

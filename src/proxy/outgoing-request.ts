// The request of an exchange as it goes to endpoints, and what is needed to send it to another one:
// its head, what an earlier attempt has sent of its body, and whether it may be sent again. An
// exchange owns one and uses it for all its requests in turn.

import { limits } from '#base/limits.ts';
import { CHUNKED, type RequestHead } from './http1/request-head.ts';
import type { KeptBody } from './upstream/kept-body.ts';
import type { Upstream } from './upstream/upstream.ts';
import {
  isIdempotent,
  mayResend,
  type Resendable,
  type UpstreamFailure,
} from './upstream/upstream-failure.ts';
import type { UpstreamWriter } from './upstream/upstream-link.ts';

const NOTHING = Buffer.alloc(0);

export class OutgoingRequest {
  /** As forwarded; kept until a response begins. */
  head = '';
  hasBody = false;
  /** Endpoints that it was meant for. */
  attempts = 0;
  #isChunked = false;
  #isIdempotent = false;
  #wasRefused = false;
  /** The beginning of the body, which the next attempt sends; null if there is none to repeat. */
  #begun: Buffer | null = null;
  /** The body ends there. */
  #isBegunWhole = false;

  begin({ bodyLength }: RequestHead, method: string): void {
    this.hasBody = bodyLength !== 0;
    this.attempts = 0;
    this.#isChunked = bodyLength === CHUNKED;
    this.#isIdempotent = isIdempotent(method);
    this.#wasRefused = false;
  }

  /** Writes it as far as it has come. Returns whether that is all of it. */
  send(writer: UpstreamWriter): boolean {
    writer.begin(this.head, this.#isChunked);
    if (!this.hasBody) return true;
    const begun = this.#begun;
    if (begun === null) return false;
    this.#begun = null;
    writer.body(begun, '', 0, begun.length);
    if (this.#isBegunWhole) writer.end();
    return this.#isBegunWhole;
  }

  /** More of the body has come while no endpoint takes it: one read, since the client is paused. */
  hold(piece: Buffer): void {
    this.#begun = Buffer.concat([this.#begun ?? NOTHING, piece]);
  }

  /** The body has come to its end while no endpoint takes it. */
  holdEnd(): void {
    this.#begun ??= NOTHING;
    this.#isBegunWhole = true;
  }

  /** Takes back what an endpoint was sent of the body. */
  takeBack(body: KeptBody, isWhole: boolean): void {
    this.#begun = body.take();
    this.#isBegunWhole = isWhole;
  }

  /** Nothing of it is needed any more. */
  forget(): void {
    this.head = '';
    this.#begun = null;
    this.#isBegunWhole = false;
  }

  /** Whether it may be sent again after `failure`. */
  mayRepeat(failure: UpstreamFailure, sent: Omit<Resendable, 'isIdempotent'>): boolean {
    if (this.attempts >= limits.attemptsMax) return false;
    return mayResend(failure, { isIdempotent: this.#isIdempotent, ...sent });
  }

  /**
   * Whether the upstream's budget has room for another attempt. What was refused unseen has cost it
   * nothing, and when an endpoint leaves, all that was on its way comes back at once: the first
   * time is free (gRPC A6, "Transparent Retries").
   */
  payRepeat(failure: UpstreamFailure, upstream: Upstream): boolean {
    if (failure !== 'refused' || this.#wasRefused) return upstream.mayRetry();
    this.#wasRefused = true;
    return true;
  }
}

// Why an exchange lost its upstream: the phase's failure exits, as counters and answers name them,
// and which of them a request survives. Pure.

import type { CounterName } from '#protocol/worker-counters.ts';

export type UpstreamFailure =
  | 'connect'
  | 'connectTimeout'
  | 'handshake'
  | 'refused'
  | 'closed'
  | 'timeout'
  | 'deadline'
  | 'protocol';

/** What the client is told. */
export const FAILURE_MESSAGES: Readonly<Record<UpstreamFailure, string>> = {
  connect: 'no endpoint accepts connections',
  connectTimeout: 'connecting to the upstream took too long',
  handshake: 'no secure connection to the upstream could be made',
  refused: 'the upstream did not take the request on',
  closed: 'the upstream closed the connection',
  timeout: 'the upstream took too long',
  deadline: 'the deadline of the call has passed',
  protocol: 'the upstream sent an invalid response',
};

/** Nothing of the request has left: the endpoint was never reached. */
const UNCONNECTED: ReadonlySet<UpstreamFailure> = new Set([
  'connect',
  'connectTimeout',
  'handshake',
]);

const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']);

/** RFC 9110 9.2.2: may be sent again when nobody knows whether it arrived. */
export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method);
}

/** What the client's request was, for the question whether it may be sent again. */
export interface Resendable {
  readonly isIdempotent: boolean;
  /** Some of its body has been sent, and nobody has kept it. */
  readonly isBodyGone: boolean;
}

/**
 * A failed connect has sent nothing, so any request may go elsewhere. So may one that was refused
 * unseen (RFC 9113 8.7), if its body is not gone. A connection that ends without a byte of response
 * leaves open whether the request was taken: an idempotent one goes once more (RFC 9110 9.2.2).
 */
export function mayResend(failure: UpstreamFailure, request: Resendable): boolean {
  if (UNCONNECTED.has(failure)) return true;
  if (request.isBodyGone) return false;
  return failure === 'refused' || (failure === 'closed' && request.isIdempotent);
}

/** Where a failure is counted. */
export function failureCounter(failure: UpstreamFailure): CounterName {
  if (failure === 'handshake') return 'upstreamTlsFailures';
  if (UNCONNECTED.has(failure)) return 'upstreamConnectFailures';
  const isTimeout = failure === 'timeout' || failure === 'deadline';
  return isTimeout ? 'upstreamTimeouts' : 'upstreamProtocolErrors';
}

export function isLate(failure: UpstreamFailure): boolean {
  return failure === 'timeout' || failure === 'deadline' || failure === 'connectTimeout';
}

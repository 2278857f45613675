// Why an exchange lost its upstream: the phase's failure exits, as counters and answers name them,
// and which of them a request survives. Pure.

import type { CounterName } from '#protocol/worker-counters.ts';

export type TlsFailure =
  | 'handshake'
  | 'untrusted'
  | 'expired'
  | 'otherName'
  | 'clientRefused'
  | 'noTlsTerms'
  | 'notTls'
  | 'unusableTls';

export type UpstreamFailure =
  | 'connect'
  | 'connectTimeout'
  | TlsFailure
  | 'notHttp2'
  | 'brokenTls'
  | 'webSocket'
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
  untrusted: 'the certificate of the upstream is not trusted',
  expired: 'the certificate of the upstream is not valid at this time',
  otherName: 'the certificate of the upstream is for another name',
  clientRefused: 'the upstream does not accept our certificate, or asks for one',
  noTlsTerms: 'the upstream refuses the TLS handshake: version, cipher, or want of a certificate',
  notTls: 'the upstream does not speak TLS',
  unusableTls: 'the TLS settings for the upstream cannot be used',
  notHttp2: 'the upstream does not speak HTTP/2',
  brokenTls: 'the secure connection to the upstream broke',
  webSocket: 'the upstream speaks HTTP/2, over which no WebSocket is opened to it',
  refused: 'the upstream did not take the request on',
  closed: 'the upstream closed the connection',
  timeout: 'the upstream took too long',
  deadline: 'the deadline of the call has passed',
  protocol: 'the upstream sent an invalid response',
};

const TLS_FAILURES: ReadonlySet<UpstreamFailure> = new Set([
  'handshake',
  'untrusted',
  'expired',
  'otherName',
  'clientRefused',
  'noTlsTerms',
  'notTls',
  'unusableTls',
]);

/**
 * The endpoint was never reached, and another one may be. A certificate that one server refuses the
 * others would refuse too.
 */
const UNCONNECTED: ReadonlySet<UpstreamFailure> = new Set([
  'connect',
  'connectTimeout',
  'notHttp2',
  ...[...TLS_FAILURES].filter((failure) => failure !== 'clientRefused'),
]);

/** The connection has ended before a response. */
const ENDED: ReadonlySet<UpstreamFailure> = new Set(['closed', 'brokenTls']);

const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']);

/** RFC 9110 9.2.2: may be sent again when nobody knows whether it arrived. */
export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method);
}

/** What the client's request was, for the question whether it may be sent again. */
export interface Resendable {
  readonly isIdempotent: boolean;
  /** It has been handed to the connection that failed, so that the endpoint may have seen it. */
  readonly hasLeft: boolean;
  /** Some of its body has been sent, and nobody has kept it. */
  readonly isBodyGone: boolean;
}

/**
 * A failed connect has sent nothing, so any request may go elsewhere. So may one that was refused
 * unseen (RFC 9113 8.7), if its body is not gone. A connection that ends without a byte of response
 * leaves open whether the request was taken: an idempotent one goes once more (RFC 9110 9.2.2).
 */
export function mayResend(failure: UpstreamFailure, request: Resendable): boolean {
  if (UNCONNECTED.has(failure)) return !request.hasLeft;
  if (request.isBodyGone) return false;
  return failure === 'refused' || (ENDED.has(failure) && request.isIdempotent);
}

/** Where a failure is counted. */
export function failureCounter(failure: UpstreamFailure): CounterName {
  if (TLS_FAILURES.has(failure)) return 'upstreamTlsFailures';
  if (UNCONNECTED.has(failure)) return 'upstreamConnectFailures';
  if (failure === 'refused') return 'upstreamRefusals';
  const isTimeout = failure === 'timeout' || failure === 'deadline';
  return isTimeout ? 'upstreamTimeouts' : 'upstreamProtocolErrors';
}

export function isLate(failure: UpstreamFailure): boolean {
  return failure === 'timeout' || failure === 'deadline' || failure === 'connectTimeout';
}

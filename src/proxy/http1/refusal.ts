// Why a request is refused before it is routed. Each reason has one status and one sentence, which
// the client gets and the log may show. The connection is closed after any of them, since what
// follows on it can no longer be told apart from a second request.

export interface Refusal {
  readonly status: number;
  readonly message: string;
}

function refusal(status: number, message: string): Refusal {
  return { status, message };
}

/** With nginx's status for it, which is counted and never sent. */
export const CLIENT_GONE = refusal(499, 'the client went away');

export const refusals = {
  requestLine: refusal(400, 'malformed request line'),
  target: refusal(400, 'malformed request target'),
  targetTooLong: refusal(414, 'request target too long'),
  method: refusal(501, 'method not implemented'),
  version: refusal(505, 'HTTP version not supported'),
  fieldLine: refusal(400, 'malformed field line'),
  headTooLarge: refusal(431, 'request head too large'),
  tooManyFields: refusal(431, 'too many field lines'),
  connection: refusal(400, 'too many Connection options'),
  host: refusal(400, 'missing, repeated or malformed Host'),
  contentLength: refusal(400, 'malformed or repeated Content-Length'),
  transferEncoding: refusal(400, 'ambiguous Transfer-Encoding'),
  transferCoding: refusal(501, 'transfer coding not implemented'),
  expectation: refusal(417, 'expectation not supported'),
  chunk: refusal(400, 'malformed chunked body'),
  preface: refusal(400, 'missing or malformed PROXY protocol preface'),
  clear: refusal(400, 'this port speaks HTTPS, and the request came without TLS'),
  headTimeout: refusal(408, 'request head took too long'),
  bodyTimeout: refusal(408, 'request body took too long'),
} as const;

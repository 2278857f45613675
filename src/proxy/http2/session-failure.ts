// What it means that Node's codec has ended a session by itself. Knows its error codes, which Node
// documents for its own and nghttp2 for the rest.

import type { CounterName } from '#protocol/worker-counters.ts';

/** More streams past the limit, or invalid frames, than SESSION_OPTIONS allow. */
const TOO_MANY_INVALID_FRAMES = 'ERR_HTTP2_TOO_MANY_INVALID_FRAMES';
/** Of nghttp2; `errno` says which. */
const CODEC_ERROR = 'ERR_HTTP2_ERROR';
/** NGHTTP2_ERR_FLOODED, of a client that does not read answers; _TOO_MANY_CONTINUATIONS. */
const FLOODS: ReadonlySet<number | undefined> = new Set([-904, -905]);

/** The counter for it; null if it was not the codec, but the client, its network, or we. */
export function sessionFailure({ code, errno }: NodeJS.ErrnoException): CounterName | null {
  if (code === TOO_MANY_INVALID_FRAMES) return 'http2Floods';
  if (code !== CODEC_ERROR) return null;
  return FLOODS.has(errno) ? 'http2Floods' : 'http2SessionErrors';
}

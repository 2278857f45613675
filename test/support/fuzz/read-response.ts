// One response as the client finds it in what it has received, framed as RFC 9112 6.3 says.

import type { FuzzRequest } from './random-request.ts';
import { fieldValues, findHead, framingOf, type RawHead, readBody } from './raw-message.ts';

export interface ReadResponse {
  readonly status: number;
  readonly head: RawHead;
  readonly content: string;
  /** Just behind it. */
  readonly end: number;
  /** The connection ends with it. */
  readonly closes: boolean;
  /** The proxy's own answer, not an upstream's. */
  readonly isLocal: boolean;
}

/**
 * The response at `start`, interim or final; null while it is not all there. Throws when it is not
 * one. `hasEnded`: nothing more will come.
 */
export function readResponse(
  received: { readonly text: string; readonly start: number; readonly hasEnded: boolean },
  request: FuzzRequest,
): ReadResponse | null {
  const { text, start, hasEnded } = received;
  const head = findHead(text, start);
  if (head === null) return null;
  const status = Number(/^HTTP\/1\.1 ([1-5]\d\d) /.exec(head.line)?.[1]);
  if (Number.isNaN(status)) throw new Error(`odd status line ${JSON.stringify(head.line)}`);
  const closes = fieldValues(head, 'connection').join().toLowerCase() === 'close';
  const isLocal = fieldValues(head, 'server').join() === 'headgate';
  const ofHead = { status, head, closes, isLocal };
  const isRead = request.fate === 'forwarded' || request.fate === 'unrouted';
  const isBodiless = status < 200 || status === 204 || status === 304;
  if (isBodiless || (request.method === 'HEAD' && isRead)) {
    return { ...ofHead, content: '', end: head.end };
  }
  const framing = framingOf(head);
  if (framing !== 'unsaid') {
    const body = readBody(text, head.end, framing);
    return body === null ? null : { ...ofHead, ...body };
  }
  if (!closes) throw new Error('a body without end');
  return hasEnded ? { ...ofHead, content: text.slice(head.end), end: text.length } : null;
}

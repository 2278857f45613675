// The head of an HTTP/1.1 response as the fields of an HTTP/2 one: lower-case names, the status
// first, nothing that belongs to a connection (RFC 9113 8.2, 8.3.2). The heads are our own, or have
// passed our reader; nothing is checked again.

import { trimBlanks } from '../trim-blanks.ts';

/** What framed the message in HTTP/1.1, or said what becomes of the connection. */
const DROPPED: ReadonlySet<string> = new Set([
  'connection',
  'transfer-encoding',
  'upgrade',
  // RFC 8441 5: of the handshake with the upstream.
  'sec-websocket-accept',
]);

/** The status of a head, which begins with `HTTP/1.1 ` and three digits. */
export function statusOf(head: string): number {
  return Number(head.slice(9, 12));
}

/**
 * Names and values in turn; `status` takes the place of the head's own. `isBare`: what the head
 * says of its content is not true, since it leaves without any.
 */
export function responseFields(head: string, status: number, isBare: boolean): string[] {
  const pairs = [':status', String(status)];
  addLines(pairs, head, head.indexOf('\r\n') + 2);
  const length = isBare ? pairs.indexOf('content-length') : -1;
  if (length > 0) pairs.splice(length, 2);
  return pairs;
}

/** Names and values in turn of field lines with their CRLFs, such as trailers. */
export function fieldsOf(lines: string): string[] {
  const pairs: string[] = [];
  addLines(pairs, lines, 0);
  return pairs;
}

/** Adds the lines from `start` to an empty one, or to the end. */
function addLines(pairs: string[], text: string, start: number): void {
  let at = start;
  while (at < text.length) {
    const end = text.indexOf('\r\n', at);
    if (end === at) return;
    const colon = text.indexOf(':', at);
    const name = text.slice(at, colon).toLowerCase();
    if (!DROPPED.has(name)) pairs.push(name, trimBlanks(text, colon + 1, end));
    at = end + 2;
  }
}

// The respond phase: what of an upstream's response head reaches the client, and how its body is
// framed there. Works on text alone.

import { markNamedFields } from '../http1/connection-options.ts';
import type { FieldLines } from '../http1/field-lines.ts';
import { Field } from '../http1/field-names.ts';
import type { ResponseHead } from '../http1/response-head.ts';
import { dropTable, keptLines } from '../http1/rewrite-lines.ts';
import type { ViaFields } from './via-fields.ts';

const HOP_BY_HOP = [
  Field.connection,
  Field.transferEncoding,
  Field.keepAlive,
  Field.hopByHop,
  Field.upgrade,
  Field.te,
  Field.lookAlike,
] as const;
const DROPPED = dropTable(...HOP_BY_HOP);
/** RFC 9110 8.6: no Content-Length in 1xx and 204. */
const DROPPED_WITHOUT_CONTENT = dropTable(...HOP_BY_HOP, Field.contentLength);

/** What frames, routes or ends a message has no place behind it (RFC 9110 6.5.1). */
const DROPPED_TRAILERS = dropTable(
  ...HOP_BY_HOP,
  Field.contentLength,
  Field.host,
  Field.expect,
  Field.forwarded,
);

export interface ResponseFraming {
  readonly isChunked: boolean;
  /** `Connection: close`, `Connection: keep-alive` (to HTTP/1.0), an upgrade, or nothing. */
  readonly connection: string;
  /** Added where the upstream sent none (RFC 9110 6.6.1). */
  readonly date: string;
  readonly via: ViaFields;
}

/** The whole head to send to the client, ending in an empty line. */
export function rewriteResponse(
  head: ResponseHead,
  bytes: Uint8Array,
  text: string,
  start: number,
  framing: ResponseFraming,
): string {
  if (head.namesFields) markNamedFields(bytes, text, head.lines);
  const drops = head.status < 200 || head.status === 204 ? DROPPED_WITHOUT_CONTENT : DROPPED;
  let out = head.isVerbatim ? '' : statusLine(head, text, start);
  out += keptLines(head.lines, text, head.isVerbatim ? start : head.lineEnd, drops);
  if (!head.hasDate && head.status >= 200) out += `Date: ${framing.date}\r\n`;
  out += (head.isHttp11 ? framing.via.http11 : framing.via.http10) + framing.connection;
  return framing.isChunked ? `${out}Transfer-Encoding: chunked\r\n\r\n` : `${out}\r\n`;
}

/** In our version, and with the space that an empty reason needs too (RFC 9112 4). */
function statusLine(head: ResponseHead, text: string, start: number): string {
  const reason = text.slice(start + 13, head.lineEnd - 2);
  return `HTTP/1.1${text.slice(start + 8, start + 12)} ${reason}\r\n`;
}

/** The field lines of a trailer section that reach the client; empty if they are malformed. */
export function rewriteTrailers(lines: FieldLines, trailers: string): string {
  if (trailers === '') return '';
  const bytes = Buffer.from(trailers, 'latin1');
  if (lines.scan(bytes, 0, bytes.length) !== 'none') return '';
  return keptLines(lines, trailers, 0, DROPPED_TRAILERS);
}

// The rewrite phase: what of a request is forwarded, and what is said about the client. Works on
// text alone; decides nothing about routes or endpoints.

import { markNamedFields } from '../http1/connection-options.ts';
import { Field } from '../http1/field-names.ts';
import { CHUNKED, type RequestHead } from '../http1/request-head.ts';
import { dropTable, keptLines } from '../http1/rewrite-lines.ts';
import type { ViaFields } from './via-fields.ts';

const DROPPED = dropTable(
  Field.connection,
  Field.transferEncoding,
  Field.keepAlive,
  Field.hopByHop,
  Field.upgrade,
  Field.te,
  Field.forwarded,
  Field.clientCertificate,
  Field.lookAlike,
  Field.maxForwards,
);

/**
 * The whole head to send upstream, ending in an empty line. `bytes` and `text` are those that
 * `head` was read from, beginning at `start`; `fields` tell of the client, `requestId` is used
 * where the client named none, `via` names us.
 */
export function rewriteRequest(
  head: RequestHead,
  bytes: Uint8Array,
  text: string,
  start: number,
  added: { readonly fields: string; readonly requestId: string; readonly via: ViaFields },
): string {
  if (head.namesFields) markNamedFields(bytes, text, head.lines);
  const isVerbatim = head.isHttp11 && !head.isAbsolute;
  let out = isVerbatim ? '' : requestLine(head, text, start);
  out += keptLines(head.lines, text, isVerbatim ? start : head.lineEnd, DROPPED);
  if (!head.hasHost) out += `Host: ${text.slice(head.authorityStart, head.authorityEnd)}\r\n`;
  out += added.fields;
  if (!head.hasRequestId) out += `X-Request-ID: ${added.requestId}\r\n`;
  out += head.isHttp11 ? added.via.http11 : added.via.http10;
  if (head.maxForwards > 0) out += `Max-Forwards: ${head.maxForwards - 1}\r\n`;
  if (head.upgrade !== '') out += upgradeFields(head.upgrade);
  else if (head.takesTrailers) out += 'Connection: TE\r\nTE: trailers\r\n';
  return head.bodyLength === CHUNKED ? `${out}Transfer-Encoding: chunked\r\n\r\n` : `${out}\r\n`;
}

/** Asks for, or agrees to, another protocol on this hop (RFC 9110 7.8). */
export function upgradeFields(protocol: string): string {
  return `Connection: Upgrade\r\nUpgrade: ${protocol}\r\n`;
}

/** In origin-form and HTTP/1.1, whatever the client's was (RFC 9112 3.2.1). */
function requestLine(head: RequestHead, text: string, start: number): string {
  const method = text.slice(start, head.methodEnd);
  const target = text.slice(head.originStart, head.targetEnd);
  return `${method} ${target.startsWith('/') ? '' : '/'}${target} HTTP/1.1\r\n`;
}

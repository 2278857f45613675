// Between the HTTP/1.1 heads that an exchange reads and writes and the fields of HTTP/2 that stand
// for them on the wire (RFC 9113 8.2, 8.3). Pure.

import { STATUS_CODES } from 'node:http';
import { limits } from '#base/limits.ts';
import { trimBlanks } from '../trim-blanks.ts';

/** Fields that belong to one connection of HTTP/1.1; Host becomes `:authority`. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'transfer-encoding',
  'upgrade',
  'keep-alive',
  'proxy-connection',
  'http2-settings',
]);

export interface RequestFields {
  /** Names and values in turn, pseudo-header fields first. */
  readonly list: string[];
  readonly hasBody: boolean;
  /** How long a call of gRPC waits for its end; Infinity if it does not say. */
  readonly callTimeoutMs: number;
}

/** The fields of the request whose head, in origin-form and whole, is `head`. */
export function requestFields(head: string, scheme: 'http' | 'https'): RequestFields {
  const [requestLine = '', ...lines] = head.split('\r\n');
  const [method = '', path = ''] = requestLine.split(' ');
  const pseudo = [':method', method, ':scheme', scheme, ':path', path];
  const list: string[] = [];
  let hasBody = false;
  let callTimeoutMs = Number.POSITIVE_INFINITY;
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const name = line.slice(0, colon).toLowerCase();
    const value = trimBlanks(line, colon + 1, line.length);
    if (name === 'host' && value !== '') pseudo.push(':authority', value);
    else if (name === 'grpc-timeout') callTimeoutMs = grpcTimeoutMs(value);
    else if (name === 'transfer-encoding') hasBody = true;
    else if (name === 'content-length' && Number(value) !== 0) hasBody = true;
    if (!LEFT_OUT.has(name)) list.push(name, value);
  }
  return { list: [...pseudo, ...list], hasBody, callTimeoutMs };
}

const UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** Infinity for what is not a time (gRPC over HTTP/2, "Timeout"). */
export function grpcTimeoutMs(value: string): number {
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(value) ?? [];
  if (digits === undefined || unit === undefined) return Number.POSITIVE_INFINITY;
  return Math.min(Number(digits) * UNIT_MS[unit]!, limits.callDeadlineMaxMs);
}

/** Field lines with their CRLFs, without pseudo-header fields. `fields` are as Node lists them. */
export function fieldLines(fields: readonly string[]): string {
  let lines = '';
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index]!;
    if (!name.startsWith(':')) lines += `${name}: ${fields[index + 1]!}\r\n`;
  }
  return lines;
}

/**
 * A response as a head of HTTP/1.1, up to the CRLF of its last line. The framing says what the end
 * of the stream says in HTTP/2, where the fields leave it open.
 */
export function responseHead(
  status: number,
  fields: readonly string[],
  { isComplete, isHead }: { readonly isComplete: boolean; readonly isHead: boolean },
): string {
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${fieldLines(fields)}`;
  if (isHead || status < 200 || status === 204 || status === 304) return head;
  if (fields.some((name, index) => index % 2 === 0 && name === 'content-length')) return head;
  return `${head}${isComplete ? 'Content-Length: 0' : 'Transfer-Encoding: chunked'}\r\n`;
}

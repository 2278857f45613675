// Between the HTTP/1.1 heads that an exchange reads and writes and the fields of HTTP/2 that stand
// for them on the wire (RFC 9113 8.2, 8.3). Pure.

import { STATUS_CODES } from 'node:http';
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
}

/** The fields of the request whose head, in origin-form and whole, is `head`. */
export function requestFields(head: string, scheme: 'http' | 'https'): RequestFields {
  const [requestLine = '', ...lines] = head.split('\r\n');
  const [method = '', path = ''] = requestLine.split(' ');
  const pseudo = [':method', method, ':scheme', scheme, ':path', path];
  const list: string[] = [];
  let hasBody = false;
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const name = line.slice(0, colon).toLowerCase();
    const value = trimBlanks(line, colon + 1, line.length);
    if (name === 'host' && value !== '') pseudo.push(':authority', value);
    else if (name === 'transfer-encoding') hasBody = true;
    else if (name === 'content-length' && Number(value) !== 0) hasBody = true;
    if (!LEFT_OUT.has(name)) list.push(name, value);
  }
  return { list: [...pseudo, ...list], hasBody };
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

// The field section of an HTTP/2 request as the head of an HTTP/1.1 request, so that one reader
// judges both and everything behind it is the same code. Refuses what RFC 9113 8.2 and 8.3 call
// malformed; what a value may hold the reader judges. Knows no streams.

import { SPACE, TAB, TOKEN } from '../http1/char-class.ts';

/** Fields of RFC 9113 8.2.2, with those that say how the body of an HTTP/1.1 message ends. */
const CONNECTION_SPECIFIC: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

const LOWER_CASE_TOKEN = TOKEN.map((flag, byte) => (byte >= 0x41 && byte <= 0x5a ? 0 : flag));

/** Methods whose requests have content (RFC 9110 8.6): without any they say so. */
const ENCLOSING: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/** The only protocol that is passed on from an extended CONNECT (RFC 8441). */
const WEBSOCKET = 'websocket';

export interface RequestText {
  /** The head up to and with the last field line's CRLF. */
  readonly text: string;
  /** How many field lines it has: another number would mean that a value has made lines. */
  readonly lineCount: number;
}

const NO_LINE: RequestText = { text: '', lineCount: 0 };

interface Pseudo {
  method: string;
  scheme: string;
  authority: string | null;
  path: string;
  protocol: string;
}

interface Fields {
  text: string;
  lineCount: number;
  cookie: string;
  host: string | null;
  hasLength: boolean;
}

/**
 * The head of the request whose fields are `pairs`, name and value in turn; null if it is
 * malformed (RFC 9113 8.1.1). `hasBody`: more than the field section is to come. `webSocketKey` is
 * called for an extended CONNECT (RFC 8441) and gives the Sec-WebSocket-Key that it lacks.
 */
export function requestText(
  pairs: readonly string[],
  hasBody: boolean,
  webSocketKey: () => string,
): RequestText | null {
  const pseudo: Pseudo = { method: '', scheme: '', authority: null, path: '', protocol: '' };
  const first = readPseudo(pairs, pseudo);
  if (first < 0 || pseudo.method === '') return null;
  const isWebSocket = pseudo.protocol.toLowerCase() === WEBSOCKET;
  const fields = readFields(pairs, first, isWebSocket);
  if (fields === null || !isWhole(pseudo)) return null;
  const authority = pseudo.authority ?? fields.host;
  if (authority === null || !agrees(fields.host, authority)) return null;
  const framing = isWebSocket
    ? upgradeLines(webSocketKey())
    : framingLine(pseudo.method, hasBody, fields.hasLength);
  const line = requestLine(pseudo, isWebSocket, authority);
  return {
    text: `${line}Host: ${authority}\r\n${fields.text}${framing.text}`,
    lineCount: 1 + fields.lineCount + framing.lineCount,
  };
}

/** Each once, and all before the fields (8.3). Returns where the fields begin, or -1. */
function readPseudo(pairs: readonly string[], pseudo: Pseudo): number {
  const seen = new Set<string>();
  let at = 0;
  for (; at < pairs.length && pairs[at]!.startsWith(':'); at += 2) {
    const name = pairs[at]!;
    const value = pairs[at + 1]!;
    if (seen.has(name)) return -1;
    seen.add(name);
    if (name === ':method') pseudo.method = value;
    else if (name === ':path') pseudo.path = value;
    else if (name === ':scheme') pseudo.scheme = value;
    else if (name === ':authority') pseudo.authority = value;
    else if (name === ':protocol') pseudo.protocol = value;
    else return -1;
  }
  return at;
}

/** Which of them a method wants (8.3.1, 8.5; RFC 8441 4). */
function isWhole({ method, scheme, authority, path, protocol }: Pseudo): boolean {
  if (method === 'CONNECT' && protocol === '') {
    return scheme === '' && path === '' && authority !== null;
  }
  if (protocol !== '' && (method !== 'CONNECT' || authority === null)) return false;
  if (scheme !== 'http' && scheme !== 'https') return false;
  return path.startsWith('/') || (path === '*' && method === 'OPTIONS');
}

/** RFC 9113 8.3.1: Host and :authority that differ make a request malformed. */
function agrees(host: string | null, authority: string): boolean {
  return host === null || host === authority || host.toLowerCase() === authority.toLowerCase();
}

function readFields(pairs: readonly string[], first: number, isWebSocket: boolean): Fields | null {
  const fields: Fields = { text: '', lineCount: 0, cookie: '', host: null, hasLength: false };
  for (let at = first; at < pairs.length; at += 2) {
    if (!addField(fields, pairs[at]!, pairs[at + 1]!, isWebSocket)) return null;
  }
  if (fields.cookie !== '') addLine(fields, 'cookie', fields.cookie);
  return fields;
}

/** False: the field makes the request malformed. */
function addField(fields: Fields, name: string, value: string, isWebSocket: boolean): boolean {
  if (!isSound(name, value)) return false;
  if (name === 'cookie') {
    // RFC 9113 8.2.3: crumbs are joined before they leave HTTP/2.
    fields.cookie += (fields.cookie === '' ? '' : '; ') + value;
    return true;
  }
  if (name === 'host') {
    if (fields.host !== null) return false;
    fields.host = value;
    return true;
  }
  if (CONNECTION_SPECIFIC.has(name)) return false;
  if (name === 'te' && value.toLowerCase() !== 'trailers') return false;
  // RFC 8441 5: the handshake of HTTP/1.1 is between us and the upstream.
  if (isWebSocket && name === 'sec-websocket-key') return true;
  if (name === 'content-length') {
    if (isWebSocket) return false;
    fields.hasLength = true;
  }
  addLine(fields, name, value);
  return true;
}

/** A lower-case token, and a value without blanks around it (8.2.1). */
function isSound(name: string, value: string): boolean {
  for (let at = 0; at < name.length; at += 1) {
    if (LOWER_CASE_TOKEN[name.charCodeAt(at)] !== 1) return false;
  }
  return name !== '' && !isBlank(value, 0) && !isBlank(value, value.length - 1);
}

function isBlank(value: string, at: number): boolean {
  const code = value.charCodeAt(at);
  return code === SPACE || code === TAB;
}

/** Whether the method is HEAD: then no answer has content, not even a refusal (RFC 9110 9.3.2). */
export function isHeadRequest(pairs: readonly string[]): boolean {
  return pairs[pairs.indexOf(':method') + 1] === 'HEAD';
}

/** Whether the fields of `pairs` may stand behind the content (8.1). */
export function areTrailers(pairs: readonly string[]): boolean {
  for (let at = 0; at < pairs.length; at += 2) {
    const name = pairs[at]!;
    if (!isSound(name, pairs[at + 1]!) || CONNECTION_SPECIFIC.has(name)) return false;
  }
  return true;
}

function addLine(fields: Fields, name: string, value: string): void {
  fields.text += `${name}: ${value}\r\n`;
  fields.lineCount += 1;
}

/** Any other CONNECT stays one: the reader refuses it as it does in HTTP/1.1. */
function requestLine({ method, path }: Pseudo, isWebSocket: boolean, authority: string): string {
  if (isWebSocket) return `GET ${path} HTTP/1.1\r\n`;
  return `${method} ${method === 'CONNECT' ? authority : path} HTTP/1.1\r\n`;
}

function upgradeLines(key: string): RequestText {
  const text = `Connection: Upgrade\r\nUpgrade: ${WEBSOCKET}\r\nSec-WebSocket-Key: ${key}\r\n`;
  return { text, lineCount: 3 };
}

/** What HTTP/2 says by frames and HTTP/1.1 by a field. */
function framingLine(method: string, hasBody: boolean, hasLength: boolean): RequestText {
  if (hasLength) return NO_LINE;
  if (hasBody) return { text: 'Transfer-Encoding: chunked\r\n', lineCount: 1 };
  return ENCLOSING.has(method) ? { text: 'Content-Length: 0\r\n', lineCount: 1 } : NO_LINE;
}

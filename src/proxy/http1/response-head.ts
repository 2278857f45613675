// The head of an upstream's response, read as strictly as a request's: a response that could be
// understood in two ways is not passed on. Knows nothing of the client it is for.

import * as chars from './char-class.ts';
import { readConnection } from './connection-options.ts';
import { parseContentLength } from './content-length.ts';
import { FieldLines } from './field-lines.ts';
import { Field } from './field-names.ts';
import { CHUNKED } from './request-head.ts';

/** Body framing by the end of the connection (RFC 9112 6.3, rule 8). */
export const UNTIL_CLOSE = -2;

/** One head, reused for all responses of a worker; offsets refer to the bytes given to `read`. */
export class ResponseHead {
  readonly lines = new FieldLines();
  status = 0;
  /** Just behind the status line's CRLF. */
  lineEnd = 0;
  isHttp11 = false;
  /** The status line may be passed on as it is. */
  isVerbatim = false;
  /** The upstream will take another request on this connection. */
  keepAlive = false;
  closes = false;
  optionCount = 0;
  namesFields = false;
  hasDate = false;
  upgrades = false;
  /** The protocol that follows a 101. */
  upgrade = '';
  /** Seconds the upstream keeps an idle connection, from `Keep-Alive: timeout=`; -1: not said. */
  keepAliveSeconds = -1;
  /** Body length in bytes, CHUNKED or UNTIL_CLOSE, for a response that may have a body. */
  bodyLength = 0;

  /** Reads the head in bytes [start, end), as RequestHead does. False: not a valid response. */
  read(bytes: Uint8Array, text: string, start: number, end: number): boolean {
    if (!this.#readStatusLine(bytes, text, start, end)) return false;
    if (this.lines.scan(bytes, this.lineEnd, end) !== 'none') return false;
    return this.#readFields(bytes, text);
  }

  /** No body whatever the fields say (RFC 9112 6.3, rule 1), to a request that was not HEAD. */
  get isBodiless(): boolean {
    return this.status < 200 || this.status === 204 || this.status === 304;
  }

  /** `HTTP/1.x SP 3DIGIT SP [reason]`; a missing space before an empty reason is let pass. */
  #readStatusLine(bytes: Uint8Array, text: string, start: number, end: number): boolean {
    if (!text.startsWith('HTTP/1.', start)) return false;
    const minor = bytes[start + 7]! - 0x30;
    if (minor !== 0 && minor !== 1) return false;
    if (bytes[start + 8] !== chars.SPACE) return false;
    this.status = parseContentLength(bytes, start + 9, start + 12);
    if (this.status < 100 || this.status > 599) return false;
    let at = start + 12;
    if (bytes[at] !== chars.SPACE && bytes[at] !== chars.CR) return false;
    while (chars.FIELD_VALUE[bytes[at]!] === 1) at += 1;
    if (bytes[at] !== chars.CR || bytes[at + 1] !== chars.LF || at + 2 > end) return false;
    this.isHttp11 = minor === 1;
    this.isVerbatim = minor === 1 && bytes[start + 12] === chars.SPACE;
    this.lineEnd = at + 2;
    return true;
  }

  #readFields(bytes: Uint8Array, text: string): boolean {
    const { lines } = this;
    let lengths = 0;
    let codings = 0;
    this.closes = this.namesFields = this.hasDate = false;
    this.keepAlive = this.isHttp11;
    this.keepAliveSeconds = -1;
    this.optionCount = 0;
    this.upgrades = false;
    this.upgrade = '';
    this.bodyLength = UNTIL_CLOSE;
    for (let line = 0; line < lines.count; line += 1) {
      const field = lines.field(line);
      if (field === Field.other) continue;
      const start = lines.valueStart(line);
      const end = lines.valueEnd(line);
      if (field === Field.contentLength) {
        lengths += 1;
        this.bodyLength = parseContentLength(bytes, start, end);
        if (this.bodyLength < 0) return false;
      } else if (field === Field.transferEncoding) {
        codings += 1;
        if (text.slice(start, end).toLowerCase() !== 'chunked') return false;
      } else if (field === Field.connection) {
        if (!readConnection(text.slice(start, end), this)) return false;
      } else if (field === Field.keepAlive) {
        this.keepAliveSeconds = keepAliveSeconds(text.slice(start, end));
      } else if (field === Field.upgrade) {
        this.upgrade = text.slice(start, end);
      } else if (field === Field.date) {
        this.hasDate = true;
      }
    }
    if (lengths + codings > 1 || (codings === 1 && !this.isHttp11)) return false;
    if (codings === 1) this.bodyLength = CHUNKED;
    return true;
  }
}

function keepAliveSeconds(value: string): number {
  const match = /(?:^|[,; ])timeout=(\d{1,6})(?:$|[,; ])/i.exec(value);
  return match === null ? -1 : Number(match[1]);
}

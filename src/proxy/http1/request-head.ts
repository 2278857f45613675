// The head of an HTTP/1.1 request, read strictly (RFC 9112 2-6): what is ambiguous is refused, so
// that no backend can understand it otherwise than we did. Knows nothing of routes, sockets or
// forwarding.

import { limits } from '#base/limits.ts';
import * as chars from './char-class.ts';
import { readConnection } from './connection-options.ts';
import { parseContentLength } from './content-length.ts';
import { FieldLines } from './field-lines.ts';
import { Field } from './field-names.ts';
import { type Refusal, refusals } from './refusal.ts';

/** Body framing by Transfer-Encoding: chunked, in place of a length. */
export const CHUNKED = -1;

/**
 * One protocol, with or without its version (RFC 9110 7.8), but not HTTP/2, which is not spoken so
 * any more (RFC 9113 3.1). Of a list the upstream might choose what nobody has looked at.
 */
const PROTOCOL = /^(?!h2c?(?:\/|$))[\w!#$%&'*+.^`|~-]+(?:\/[\w!#$%&'*+.^`|~-]+)?$/i;

const TRAILERS = /(?:^|,)[ \t]*trailers[ \t]*(?:,|$)/i;

/**
 * One head, reused for all requests of a worker. After `read` returned null, offsets refer to the
 * bytes it was given; they are meaningless once those bytes are gone.
 */
export class RequestHead {
  readonly lines = new FieldLines();
  methodEnd = 0;
  targetStart = 0;
  targetEnd = 0;
  /** The path to route by: without the query, never empty. */
  pathStart = 0;
  pathEnd = 0;
  /** Where the target begins in origin-form: behind the authority of an absolute-form one. */
  originStart = 0;
  /** Just behind the request line's CRLF. */
  lineEnd = 0;
  /** The whole authority as the client gave it; empty where an HTTP/1.0 client gave none. */
  authorityStart = 0;
  authorityEnd = 0;
  /** The host name in it: no port, no trailing dot. */
  hostStart = 0;
  hostEnd = 0;
  /** The target is in absolute-form: what is forwarded begins at the path. */
  isAbsolute = false;
  hasHost = false;
  isHttp11 = false;
  keepAlive = false;
  closes = false;
  optionCount = 0;
  expectsContinue = false;
  /** Connection names fields other than its usual options, which must go too. */
  namesFields = false;
  /** Body length in bytes; CHUNKED; 0 for none. */
  bodyLength = 0;
  hasRequestId = false;
  /** It is about the server as a whole, or may go no further: the answer is ours. */
  isForServer = false;
  /** How many more times it may be forwarded (RFC 9110 7.6.2); -1: not said. */
  maxForwards = -1;
  /** The client takes trailers (RFC 9110 10.1.4). */
  takesTrailers = false;
  upgrades = false;
  /** The protocol that the client would rather speak, as it wrote it; empty for none. */
  upgrade = '';

  /**
   * Reads the head in bytes [start, end); `end` is just behind the last field line's CRLF, that is,
   * two bytes before the end of the empty line. `text` is the same bytes as latin1.
   */
  read(bytes: Uint8Array, text: string, start: number, end: number): Refusal | null {
    this.authorityStart = this.authorityEnd = this.hostStart = this.hostEnd = 0;
    this.isAbsolute = this.isForServer = false;
    const refusal = this.#readRequestLine(bytes, text, start, end);
    if (refusal !== null) return refusal;
    const fault = this.lines.scan(bytes, this.lineEnd, end);
    if (fault === 'malformed') return refusals.fieldLine;
    if (fault === 'tooMany') return refusals.tooManyFields;
    return this.#readFields(bytes, text, start);
  }

  #readRequestLine(bytes: Uint8Array, text: string, start: number, end: number): Refusal | null {
    let at = start;
    while (chars.TOKEN[bytes[at]!] === 1) at += 1;
    if (at === start || bytes[at] !== chars.SPACE) return refusals.requestLine;
    this.methodEnd = at;
    this.targetStart = at + 1;
    at += 1;
    while (chars.TARGET[bytes[at]!] === 1) at += 1;
    if (at - this.targetStart > limits.targetBytesMax) return refusals.targetTooLong;
    if (at === this.targetStart) return refusals.requestLine;
    if (bytes[at] !== chars.SPACE) return refusals.target;
    this.targetEnd = at;
    const versionRefusal = this.#readVersion(bytes, text, at + 1, end);
    if (versionRefusal !== null) return versionRefusal;
    return this.#readTarget(bytes, text, start);
  }

  #readVersion(bytes: Uint8Array, text: string, start: number, end: number): Refusal | null {
    const lineEnd = start + 8;
    if (!text.startsWith('HTTP/', start) || lineEnd + 2 > end) return refusals.requestLine;
    const major = bytes[start + 5]!;
    const minor = bytes[start + 7]!;
    if (!chars.isDigit(major) || bytes[start + 6] !== chars.DOT || !chars.isDigit(minor)) {
      return refusals.requestLine;
    }
    if (bytes[lineEnd] !== chars.CR || bytes[lineEnd + 1] !== chars.LF) return refusals.requestLine;
    if (major !== 0x31 || minor > 0x31) return refusals.version;
    this.isHttp11 = minor === 0x31;
    this.lineEnd = lineEnd + 2;
    return null;
  }

  /** RFC 9112 3.2: origin-form, absolute-form, asterisk-form; a CONNECT is never for us. */
  #readTarget(bytes: Uint8Array, text: string, start: number): Refusal | null {
    if (this.#isMethod(text, start, 'CONNECT')) return refusals.method;
    const first = bytes[this.targetStart];
    this.originStart = this.pathStart = this.targetStart;
    if (first === chars.SLASH) {
      this.#endPath(text);
    } else if (first === chars.ASTERISK) {
      if (this.targetEnd - this.targetStart !== 1) return refusals.target;
      if (!this.#isMethod(text, start, 'OPTIONS')) return refusals.target;
      this.pathEnd = this.targetEnd;
      this.isForServer = true;
    } else {
      if (!this.#readAbsolute(bytes, text)) return refusals.target;
      // Nothing behind the authority is `*` in absolute-form (RFC 9112 3.2.4).
      const isEmpty = this.originStart === this.targetEnd;
      this.isForServer = isEmpty && this.#isMethod(text, start, 'OPTIONS');
    }
    return null;
  }

  #endPath(text: string): void {
    const query = text.indexOf('?', this.pathStart);
    this.pathEnd = query < 0 || query > this.targetEnd ? this.targetEnd : query;
  }

  #isMethod(text: string, start: number, method: string): boolean {
    return this.methodEnd - start === method.length && text.startsWith(method, start);
  }

  /** `http://authority[/path][?query]`; the scheme is compared without case (RFC 3986 3.1). */
  #readAbsolute(bytes: Uint8Array, text: string): boolean {
    const scheme = /^https?:\/\//iy;
    if (!scheme.test(text.slice(this.targetStart, this.targetStart + 8))) return false;
    const start = this.targetStart + scheme.lastIndex;
    let at = start;
    while (at < this.targetEnd && bytes[at] !== chars.SLASH && bytes[at] !== chars.QUESTION)
      at += 1;
    this.originStart = this.pathStart = at;
    this.isAbsolute = true;
    this.#endPath(text);
    if (this.pathStart === this.pathEnd) {
      // An empty path means `/` (RFC 9110 4.2.3); the scheme's last slash stands in for it.
      this.pathStart = start - 1;
      this.pathEnd = start;
    }
    return this.#readAuthority(bytes, start, at);
  }

  #readFields(bytes: Uint8Array, text: string, headStart: number): Refusal | null {
    const { lines } = this;
    let hosts = 0;
    let lengths = 0;
    let codings = 0;
    this.bodyLength = 0;
    this.expectsContinue = this.closes = this.namesFields = this.hasRequestId = false;
    this.takesTrailers = this.upgrades = false;
    this.upgrade = '';
    this.maxForwards = -1;
    this.keepAlive = this.isHttp11;
    this.optionCount = 0;
    for (let line = 0; line < lines.count; line += 1) {
      const field = lines.field(line);
      if (field === Field.other) continue;
      const start = lines.valueStart(line);
      const end = lines.valueEnd(line);
      if (field === Field.host) {
        hosts += 1;
        if (!this.#readHost(bytes, text, start, end)) return refusals.host;
      } else if (field === Field.contentLength) {
        lengths += 1;
        this.bodyLength = parseContentLength(bytes, start, end);
        if (this.bodyLength < 0) return refusals.contentLength;
      } else if (field === Field.transferEncoding) {
        codings += 1;
        if (text.slice(start, end).toLowerCase() !== 'chunked') return refusals.transferCoding;
      } else if (field === Field.connection) {
        if (!readConnection(text.slice(start, end), this)) return refusals.connection;
      } else if (field === Field.expect) {
        if (text.slice(start, end).toLowerCase() !== '100-continue') return refusals.expectation;
        this.expectsContinue = this.isHttp11;
      } else if (field === Field.te) {
        this.takesTrailers ||= this.isHttp11 && TRAILERS.test(text.slice(start, end));
      } else if (field === Field.upgrade) {
        this.upgrade += (this.upgrade === '' ? '' : ',') + text.slice(start, end);
      } else if (field === Field.requestId) {
        this.#readRequestId(bytes, line, start, end);
      } else if (field === Field.maxForwards) {
        this.#readMaxForwards(bytes, text, headStart, line);
      }
    }
    if (hosts > 1 || (hosts === 0 && this.isHttp11)) return refusals.host;
    this.hasHost = hosts === 1;
    if (lengths > 1) return refusals.contentLength;
    if (codings > 0) {
      if (codings > 1 || lengths > 0 || !this.isHttp11) return refusals.transferEncoding;
      this.bodyLength = CHUNKED;
    }
    if (!this.#mayUpgrade()) this.upgrade = '';
    if (this.maxForwards !== 0) return null;
    // As the last recipient we answer for the server, but do not echo requests.
    if (this.#isMethod(text, headStart, 'TRACE')) return refusals.method;
    this.isForServer = true;
    return null;
  }

  /**
   * An upgrade is passed on where it can only be understood in one way: asked for in both fields,
   * in HTTP/1.1, for one protocol, without a body that would come before it.
   */
  #mayUpgrade(): boolean {
    if (!this.upgrades || !this.isHttp11 || this.bodyLength !== 0) return false;
    return PROTOCOL.test(this.upgrade);
  }

  /** Bounds OPTIONS and TRACE; elsewhere, or malformed, it is a field like any other. */
  #readMaxForwards(bytes: Uint8Array, text: string, headStart: number, line: number): void {
    const { lines } = this;
    const hops = parseContentLength(bytes, lines.valueStart(line), lines.valueEnd(line));
    const isBounded =
      this.#isMethod(text, headStart, 'OPTIONS') || this.#isMethod(text, headStart, 'TRACE');
    if (!isBounded || hops < 0) lines.setField(line, Field.other);
    else this.maxForwards = this.maxForwards < 0 ? hops : Math.min(hops, this.maxForwards);
  }

  /** A client may name its request, once and in harmless characters; else we name it. */
  #readRequestId(bytes: Uint8Array, line: number, start: number, end: number): void {
    let isUsable = !this.hasRequestId && end > start && end - start <= limits.requestIdBytesMax;
    for (let at = start; isUsable && at < end; at += 1) {
      isUsable = chars.REQUEST_ID[bytes[at]!] === 1;
    }
    if (isUsable) this.hasRequestId = true;
    else this.lines.setField(line, Field.lookAlike);
  }

  /**
   * An absolute-form target and Host must agree (stricter than RFC 9112 3.2.2, never ambiguous).
   */
  #readHost(bytes: Uint8Array, text: string, start: number, end: number): boolean {
    if (this.isAbsolute) {
      const authority = text.slice(this.authorityStart, this.authorityEnd);
      if (text.slice(start, end).toLowerCase() !== authority.toLowerCase()) return false;
    }
    return this.#readAuthority(bytes, start, end);
  }

  /** `host[:port]` without userinfo; an IPv6 literal in brackets (RFC 3986 3.2). */
  #readAuthority(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    if (bytes[at] === 0x5b) {
      at += 1;
      while (at < end && chars.IP_LITERAL[bytes[at]!] === 1) at += 1;
      if (at === end || at === start + 1 || bytes[at] !== 0x5d) return false;
      at += 1;
    } else {
      while (at < end && chars.HOST[bytes[at]!] === 1) at += 1;
    }
    let hostEnd = at;
    if (hostEnd - start > 1 && bytes[hostEnd - 1] === chars.DOT) hostEnd -= 1;
    if (hostEnd === start || hostEnd - start > limits.hostBytesMax) return false;
    if (at < end && bytes[at] !== chars.COLON) return false;
    const portStart = at + 1;
    for (at = portStart; at < end; at += 1) if (!chars.isDigit(bytes[at]!)) return false;
    if (end - portStart > 5) return false;
    this.authorityStart = this.hostStart = start;
    this.authorityEnd = end;
    this.hostEnd = hostEnd;
    return true;
  }
}

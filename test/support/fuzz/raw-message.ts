// A second reader of HTTP/1.1, for what the proxy has written: naive on purpose, and sharing no
// line with the proxy's own, so that a mistake in one is not a mistake in both. Text is latin1.

export interface RawHead {
  /** The request line or status line. */
  readonly line: string;
  /** All field lines, each with its CRLF in front. */
  readonly fields: string;
  /** Just behind the empty line. */
  readonly end: number;
}

export interface RawBody {
  readonly content: string;
  /** The trailer lines, each with its CRLF. */
  readonly trailers: string;
  readonly end: number;
}

export type Framing = number | 'chunked' | 'unsaid';

/** The head that begins at `start`; null while it is not all there. */
export function findHead(text: string, start: number): RawHead | null {
  const end = text.indexOf('\r\n\r\n', start);
  if (end < 0) return null;
  const lineEnd = text.indexOf('\r\n', start);
  return { line: text.slice(start, lineEnd), fields: text.slice(lineEnd, end), end: end + 4 };
}

/** The values of all fields of that name, which is lower-case. */
export function fieldValues(head: RawHead, name: string): string[] {
  return head.fields
    .split('\r\n')
    .filter((line) => line.toLowerCase().startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1).trim());
}

/** Throws where a message is framed in two ways, or in an unknown one. */
export function framingOf(head: RawHead): Framing {
  const lengths = fieldValues(head, 'content-length');
  const codings = fieldValues(head, 'transfer-encoding');
  const [length] = lengths;
  if (lengths.length + codings.length > 1) throw new Error('framed in two ways');
  if (codings.length === 1) {
    if (codings[0] !== 'chunked') throw new Error(`unknown coding ${codings[0]}`);
    return 'chunked';
  }
  if (length === undefined) return 'unsaid';
  if (!/^\d+$/.test(length)) throw new Error(`odd length ${length}`);
  return Number(length);
}

/** The body that begins at `start`; null while it is not all there. Throws at broken chunks. */
export function readBody(text: string, start: number, framing: number | 'chunked'): RawBody | null {
  if (framing === 'chunked') return readChunks(text, start);
  const end = start + framing;
  return text.length < end ? null : { content: text.slice(start, end), trailers: '', end };
}

function readChunks(text: string, start: number): RawBody | null {
  const pieces: string[] = [];
  for (let at = start; ; ) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    const digits = text.slice(at, lineEnd);
    if (!/^[0-9a-f]+$/.test(digits)) throw new Error(`odd chunk line ${JSON.stringify(digits)}`);
    const size = Number.parseInt(digits, 16);
    at = lineEnd + 2;
    if (size === 0) return readTrailers(text, at, pieces.join(''));
    if (text.length < at + size + 2) return null;
    pieces.push(text.slice(at, at + size));
    at += size + 2;
    if (text.slice(at - 2, at) !== '\r\n') throw new Error('no CRLF behind a chunk');
  }
}

function readTrailers(text: string, start: number, content: string): RawBody | null {
  for (let at = start; ; ) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    if (lineEnd === at) return { content, trailers: text.slice(start, at), end: at + 2 };
    at = lineEnd + 2;
  }
}

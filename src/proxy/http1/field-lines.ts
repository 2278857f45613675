// The field lines of one head: where each name and value stands. Filled by one strict pass over the
// bytes (RFC 9112 5, RFC 9110 5.5) and reused for every head of a worker, so a head allocates
// nothing here. Does not judge what fields mean.

import { limits } from '#base/limits.ts';
import { COLON, CR, FIELD_VALUE, FOLD, LF, SPACE, TAB, TOKEN } from './char-class.ts';
import { type Field, fieldAt } from './field-names.ts';

const STRIDE = 6;
const LINE_START = 0;
const NAME_END = 1;
const VALUE_START = 2;
const VALUE_END = 3;
const LINE_END = 4;
const FIELD = 5;

/** Why a scan stopped; `none` when it did not. */
export type ScanFault = 'none' | 'malformed' | 'tooMany';

export class FieldLines {
  count = 0;
  /** Just behind the last line's CRLF, or where it would be. */
  end = 0;
  readonly #words = new Int32Array(limits.headFieldsMax * STRIDE);

  /**
   * Reads the lines in [start, end); each ends in CRLF and the last one at `end`. A name is a token
   * followed at once by a colon; a value holds no control byte; a line never continues another one.
   */
  scan(bytes: Uint8Array, start: number, end: number): ScanFault {
    this.count = 0;
    this.end = end;
    let at = start;
    while (at < end) {
      if (this.count === limits.headFieldsMax) return 'tooMany';
      at = this.#scanLine(bytes, at, end);
      if (at < 0) return 'malformed';
    }
    return 'none';
  }

  field(line: number): Field {
    return this.#words[line * STRIDE + FIELD] as Field;
  }

  lineStart(line: number): number {
    return this.#words[line * STRIDE + LINE_START]!;
  }

  nameEnd(line: number): number {
    return this.#words[line * STRIDE + NAME_END]!;
  }

  valueStart(line: number): number {
    return this.#words[line * STRIDE + VALUE_START]!;
  }

  valueEnd(line: number): number {
    return this.#words[line * STRIDE + VALUE_END]!;
  }

  /** Just behind the line's CRLF. */
  lineEnd(line: number): number {
    return this.#words[line * STRIDE + LINE_END]!;
  }

  setField(line: number, field: Field): void {
    this.#words[line * STRIDE + FIELD] = field;
  }

  /** Whether the name of `line` is `name`, which is lower-case. */
  isNamed(bytes: Uint8Array, line: number, name: string): boolean {
    const start = this.lineStart(line);
    if (this.nameEnd(line) - start !== name.length) return false;
    for (let index = 0; index < name.length; index += 1) {
      if (FOLD[bytes[start + index]!] !== name.charCodeAt(index)) return false;
    }
    return true;
  }

  /** Reads one line and returns where the next begins, or -1. */
  #scanLine(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (TOKEN[bytes[at]!] === 1) at += 1;
    if (at === start || bytes[at] !== COLON) return -1;
    const nameEnd = at;
    at += 1;
    while (bytes[at] === SPACE || bytes[at] === TAB) at += 1;
    const valueStart = at;
    while (FIELD_VALUE[bytes[at]!] === 1) at += 1;
    if (bytes[at] !== CR || bytes[at + 1] !== LF || at + 2 > end) return -1;
    let valueEnd = at;
    while (
      valueEnd > valueStart &&
      (bytes[valueEnd - 1] === SPACE || bytes[valueEnd - 1] === TAB)
    ) {
      valueEnd -= 1;
    }
    const words = this.#words;
    const row = this.count * STRIDE;
    words[row + LINE_START] = start;
    words[row + NAME_END] = nameEnd;
    words[row + VALUE_START] = valueStart;
    words[row + VALUE_END] = valueEnd;
    words[row + LINE_END] = at + 2;
    words[row + FIELD] = fieldAt(bytes, start, nameEnd);
    this.count += 1;
    return at + 2;
  }
}

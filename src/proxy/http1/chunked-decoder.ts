// The chunked transfer coding (RFC 9112 7.1), taken apart byte by byte: sizes and line ends are
// checked, extensions and trailers are bounded and validated. Nothing of the framing is ever passed
// on: extensions are dropped, and whoever forwards data and trailers frames them anew.

import { limits } from '#base/limits.ts';
import { COLON, CR, FIELD_VALUE, LF, TOKEN } from './char-class.ts';

const State = {
  sizeFirst: 0,
  size: 1,
  extension: 2,
  sizeLf: 3,
  data: 4,
  dataCr: 5,
  dataLf: 6,
  trailerFirst: 7,
  trailerName: 8,
  trailerValue: 9,
  trailerLf: 10,
  endLf: 11,
  done: 12,
  fault: 13,
} as const;
type State = (typeof State)[keyof typeof State];

/** 13 hexadecimal digits stay below 2^52; leading zeros count as digits. */
const SIZE_DIGITS_MAX = 13;

export class ChunkedDecoder {
  #state: State = State.sizeFirst;
  #size = 0;
  #digits = 0;
  /** Bytes of extensions and trailers so far in this message. */
  #overhead = 0;
  #keepsTrailers = false;
  /** The trailer section so far, line by line, where it was asked for. */
  trailers = '';
  /** The data that the last `read` met: a range of the bytes it was given, maybe empty. */
  dataStart = 0;
  dataEnd = 0;

  begin(keepsTrailers: boolean): void {
    this.#state = State.sizeFirst;
    this.#overhead = 0;
    this.#keepsTrailers = keepsTrailers;
    this.trailers = '';
  }

  get isDone(): boolean {
    return this.#state === State.done;
  }

  get isFaulty(): boolean {
    return this.#state === State.fault;
  }

  /**
   * Reads bytes [at, end) up to the end of one run of data, the end of the message, a fault, or
   * `end`, whichever comes first. Returns how far it came.
   */
  read(bytes: Uint8Array, at: number, end: number): number {
    this.dataStart = this.dataEnd = at;
    let position = at;
    while (position < end && this.#state < State.done) {
      if (this.#state === State.data) {
        this.dataStart = position;
        this.dataEnd = Math.min(end, position + this.#size);
        this.#size -= this.dataEnd - position;
        if (this.#size === 0) this.#state = State.dataCr;
        return this.dataEnd;
      }
      this.#state = this.#step(bytes[position]!);
      position += 1;
    }
    return position;
  }

  #step(byte: number): State {
    switch (this.#state) {
      case State.sizeFirst:
      case State.size:
        return this.#stepSize(byte);
      case State.extension:
        if (byte === CR) return State.sizeLf;
        return FIELD_VALUE[byte] === 1 ? this.#spend(State.extension) : State.fault;
      case State.sizeLf:
        if (byte !== LF) return State.fault;
        return this.#size === 0 ? State.trailerFirst : State.data;
      case State.dataCr:
        return byte === CR ? State.dataLf : State.fault;
      case State.dataLf:
        return byte === LF ? State.sizeFirst : State.fault;
      default:
        return this.#stepTrailer(byte);
    }
  }

  #stepSize(byte: number): State {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      if (this.#state === State.sizeFirst) this.#size = this.#digits = 0;
      this.#digits += 1;
      this.#size = this.#size * 16 + digit;
      return this.#digits > SIZE_DIGITS_MAX ? State.fault : State.size;
    }
    if (this.#state === State.sizeFirst) return State.fault;
    if (byte === CR) return State.sizeLf;
    return byte === 0x3b ? this.#spend(State.extension) : State.fault;
  }

  #stepTrailer(byte: number): State {
    switch (this.#state) {
      case State.trailerFirst:
        if (byte === CR) return State.endLf;
        this.#keep(String.fromCharCode(byte));
        return TOKEN[byte] === 1 ? this.#spend(State.trailerName) : State.fault;
      case State.trailerName:
        this.#keep(String.fromCharCode(byte));
        if (byte === COLON) return State.trailerValue;
        return TOKEN[byte] === 1 ? this.#spend(State.trailerName) : State.fault;
      case State.trailerValue:
        if (byte === CR) return State.trailerLf;
        this.#keep(String.fromCharCode(byte));
        return FIELD_VALUE[byte] === 1 ? this.#spend(State.trailerValue) : State.fault;
      case State.trailerLf:
        if (byte !== LF) return State.fault;
        this.#keep('\r\n');
        return State.trailerFirst;
      case State.endLf:
        return byte === LF ? State.done : State.fault;
      default:
        return State.fault;
    }
  }

  #keep(text: string): void {
    if (this.#keepsTrailers) this.trailers += text;
  }

  #spend(next: State): State {
    this.#overhead += 1;
    return this.#overhead > limits.chunkOverheadBytesMax ? State.fault : next;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

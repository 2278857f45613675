// The text of one read, taken only as far as a head reaches: nearly all heads end within the first
// look, and only a longer one costs a second. A body is never turned into text for the sake of a
// head.

const FIRST_LOOK_BYTES = 4_096;
const HEAD_END = '\r\n\r\n';

export class HeadText {
  /** The bytes from offset 0 as latin1, one character each; it may be shorter than the bytes. */
  text = '';

  begin(bytes: Buffer, size: number): void {
    this.text = bytes.toString('latin1', 0, Math.min(size, FIRST_LOOK_BYTES));
  }

  /** Where the empty line that ends the head at `start` begins, with the CRLF before it; or -1. */
  findEnd(bytes: Buffer, size: number, start: number): number {
    const end = this.text.indexOf(HEAD_END, start);
    if (end >= 0 || this.text.length === size) return end;
    this.text = bytes.toString('latin1', 0, size);
    return this.text.indexOf(HEAD_END, start);
  }

  /** Lets go of the text. */
  clear(): void {
    this.text = '';
  }
}

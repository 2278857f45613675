// The body of an HTTP answer as one text or as lines, bounded. Every text is a copy: none keeps the
// buffer that it came in.

import type { IncomingMessage } from 'node:http';

/** A body that is longer than it may be. */
class BodyTooLargeError extends Error {
  readonly code = 'TooLarge';
}

const LINE_FEED = 0x0a;

export async function readText(response: IncomingMessage, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bytesMax) throw new BodyTooLargeError(`a body of more than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

export interface LineReading {
  readonly lineBytesMax: number;
  /** Something has come, a whole line or not. */
  readonly onData: () => void;
  /** A line without its line feed. What follows the last line feed is no line. */
  readonly onLine: (line: string) => void;
}

export async function readLines(response: IncomingMessage, reading: LineReading): Promise<void> {
  const { lineBytesMax, onData, onLine } = reading;
  let begun: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    onData();
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      const last = chunk.subarray(start, end);
      onLine((begun.length === 0 ? last : Buffer.concat([...begun, last])).toString('utf8'));
      begun = [];
      size = 0;
      start = end + 1;
    }
    size += chunk.length - start;
    if (size > lineBytesMax)
      throw new BodyTooLargeError(`a line of more than ${lineBytesMax} bytes`);
    if (start < chunk.length) begun.push(chunk.subarray(start));
  }
}

// The access log of one worker: lines gather here and leave with the next tick, one write at a
// time, in pieces of whole lines. All workers append to one file or pipe. It never slows a request:
// what does not fit its buffer is dropped and counted. Knows no requests.
//
//   add ──▶ lines ──tick──▶ piece ──write──▶ file, pipe
//            │ full: dropped      │ failed, or would wait: the same piece again, next tick

import { type BigIntStats, close, constants, fstat, open, stat, write } from 'node:fs';
import { promisify } from 'node:util';
import { limits } from '#base/limits.ts';
import type { WorkerCounters } from '#protocol/worker-counters.ts';

/** Stands for the standard output. */
const STDOUT = '-';
const STDOUT_DESCRIPTOR = 1;
const LINE_FEED = 0x0a;
const EMPTY = Buffer.alloc(0);
// A pipe that nobody reads must not hold a thread of the pool that all threads share.
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK;

const closeFile = promisify(close);
const openFile = promisify(open);
const statDescriptor = promisify(fstat);
const statPath = promisify(stat);
const writeFile = promisify(write);

interface Sink {
  readonly descriptor: number;
  readonly stats: BigIntStats;
  /** Of one write: what others who append cannot come between. */
  readonly pieceBytesMax: number;
}

export class AccessLog {
  readonly #file: string;
  readonly #counters: WorkerCounters;
  readonly #lines: string[] = [];
  #linesBytes = 0;
  /** What of the last piece has still to be written. */
  #piece: Buffer = EMPTY;
  /** Half a line has been written. */
  #isTorn = false;
  #sink: Sink | null = null;
  #isBusy = false;
  /** When to see whether the file is still the one that is open. */
  #checkMs = Number.NEGATIVE_INFINITY;
  #failure: string | null = null;
  /** Until when failures are only counted. */
  #quietUntilMs = Number.NEGATIVE_INFINITY;
  #emptied: (() => void) | null = null;
  #ticksLeft = limits.accessLogCloseTicks;

  /** `file` is a path, or `-` for the standard output; it is opened with the first tick. */
  constructor(file: string, counters: WorkerCounters) {
    this.#file = file;
    this.#counters = counters;
  }

  /** `line` is ASCII and ends in a line feed. */
  add(line: string): void {
    if (this.#linesBytes + line.length > limits.accessLogBufferBytesMax) {
      this.#counters.increment('accessLogLinesDropped');
      return;
    }
    this.#lines.push(line);
    this.#linesBytes += line.length;
  }

  /** Begins to write what has gathered, unless a write is still under way. */
  advance(nowMs: number): void {
    if (this.#emptied !== null) this.#finish();
    if (this.#isBusy) return;
    if (!this.#hasWork && nowMs < this.#checkMs) return;
    this.#isBusy = true;
    void this.#work(nowMs);
  }

  /** The code of a failure to write, such as ENOSPC: once a minute at most, else null. */
  takeFailure(nowMs: number): string | null {
    const failure = this.#failure;
    this.#failure = null;
    if (failure === null || nowMs < this.#quietUntilMs) return null;
    this.#quietUntilMs = nowMs + limits.accessLogQuietMs;
    return failure;
  }

  /** Resolves when all is written, or after so many ticks that the rest never will be. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#emptied = resolve;
    });
  }

  get #hasWork(): boolean {
    return this.#piece.length > 0 || this.#lines.length > 0;
  }

  #finish(): void {
    this.#ticksLeft -= 1;
    const emptied = this.#emptied;
    if ((this.#isBusy || this.#hasWork) && this.#ticksLeft > 0) return;
    const rest = this.#piece.toString('latin1') + this.#lines.join('');
    for (const _line of rest.matchAll(/\n/g)) this.#counters.increment('accessLogLinesDropped');
    this.#emptied = null;
    emptied?.();
  }

  async #work(nowMs: number): Promise<void> {
    try {
      if (nowMs >= this.#checkMs) {
        this.#checkMs = nowMs + limits.accessLogCheckMs;
        await this.#reopen();
      }
      while (this.#sink !== null && this.#hasWork) await this.#writePiece(this.#sink);
    } catch (error) {
      this.#fail(error as NodeJS.ErrnoException);
    }
    this.#isBusy = false;
  }

  /** A pipe that is full is no failure: its reader may be slow for a while. */
  #fail({ code }: NodeJS.ErrnoException): void {
    if (code === 'EAGAIN') return;
    this.#failure = code ?? 'unknown';
    this.#counters.increment('accessLogFailures');
  }

  async #writePiece({ descriptor, pieceBytesMax }: Sink): Promise<void> {
    if (this.#piece.length === 0) this.#piece = this.#takePiece(pieceBytesMax);
    const { bytesWritten } = await writeFile(descriptor, this.#piece);
    if (bytesWritten > 0) this.#isTorn = this.#piece[bytesWritten - 1] !== LINE_FEED;
    this.#piece = this.#piece.subarray(bytesWritten);
  }

  /** As many whole lines as fit, and one at least. */
  #takePiece(bytesMax: number): Buffer {
    let count = 0;
    let size = 0;
    do {
      size += this.#lines[count]!.length;
      count += 1;
    } while (count < this.#lines.length && size + this.#lines[count]!.length <= bytesMax);
    this.#linesBytes -= size;
    return Buffer.from(this.#lines.splice(0, count).join(''), 'latin1');
  }

  /** Opens the file if it is not open, or if another one has its name since it was rotated. */
  async #reopen(): Promise<void> {
    const sink = this.#sink;
    if (sink !== null && (await this.#isCurrent(sink))) return;
    this.#sink = await openSink(this.#file);
    if (sink === null) return;
    if (this.#isTorn) {
      // The other half of the line is in the old file.
      this.#piece = this.#piece.subarray(this.#piece.indexOf(LINE_FEED) + 1);
      this.#isTorn = false;
      this.#counters.increment('accessLogLinesDropped');
    }
    await closeFile(sink.descriptor);
  }

  async #isCurrent({ stats }: Sink): Promise<boolean> {
    if (this.#file === STDOUT || !stats.isFile()) return true;
    try {
      const { dev, ino } = await statPath(this.#file, { bigint: true });
      return dev === stats.dev && ino === stats.ino;
    } catch {
      return false;
    }
  }
}

async function openSink(file: string): Promise<Sink> {
  const descriptor = file === STDOUT ? await openStdout() : await openPath(file);
  const stats = await statDescriptor(descriptor, { bigint: true });
  const { accessLogFilePieceBytesMax, accessLogPipePieceBytesMax } = limits;
  const pieceBytesMax = stats.isFile() ? accessLogFilePieceBytesMax : accessLogPipePieceBytesMax;
  return { descriptor, stats, pieceBytesMax };
}

function openPath(file: string): Promise<number> {
  return openFile(file, FLAGS | constants.O_CREAT, 0o640);
}

/** Opened anew, so that others who hold it are not made non-blocking; a socket cannot be. */
async function openStdout(): Promise<number> {
  try {
    return await openFile(`/proc/self/fd/${STDOUT_DESCRIPTOR}`, FLAGS);
  } catch {
    return STDOUT_DESCRIPTOR;
  }
}

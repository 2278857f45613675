import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { BlockPool } from '#proxy/http1/block-pool.ts';
import type { SendWindow } from '#proxy/http2/flow-window.ts';
import { WINDOW_BYTES_DEFAULT, WINDOW_BYTES_MAX } from '#proxy/http2/frame-format.ts';
import { FrameWriter } from '#proxy/http2/frame-writer.ts';
import { type Sender, SendQueue, type Turn } from '#proxy/http2/send-queue.ts';

const FRAME = 1_000;

/** Has so many bytes to send, and says in `sent` when it was its turn. */
class Source implements Sender {
  isQueued = false;
  next: Sender | null = null;
  readonly #name: string;
  readonly #sent: string[];
  #left: number;

  constructor(name: string, sent: string[], left: number) {
    this.#name = name;
    this.#sent = sent;
    this.#left = left;
  }

  send(frames: FrameWriter, session: SendWindow): Turn {
    if (session.size <= 0) return 'sessionWindow';
    if (frames.room < FRAME) return 'room';
    const size = Math.min(FRAME, session.size, this.#left);
    frames.text(1, 'x'.repeat(size), false);
    session.take(size);
    this.#left -= size;
    this.#sent.push(this.#name);
    return this.#left > 0 ? 'more' : 'done';
  }

  settle(): void {}
}

function scene(sizes: Readonly<Record<string, number>>) {
  const sent: string[] = [];
  const queue = new SendQueue();
  const socket = new Writable({ write: (_bytes, _encoding, done) => done() });
  const written = Promise.withResolvers<void>();
  const frames = new FrameWriter(socket as Socket, new BlockPool(), written.resolve);
  const sources = Object.entries(sizes).map(([name, size]) => new Source(name, sent, size));
  for (const source of sources) queue.add(source);
  return { queue, frames, sent, sources, written: written.promise };
}

describe('whose turn it is', () => {
  it('goes round, a frame each', () => {
    const { queue, frames, sent } = scene({ a: 3_000, b: 1_000, c: 2_000 });
    queue.send(frames);
    expect(sent.join('')).toBe('abcaca');
  });

  it('who is queued is not queued again, and who is done may be', () => {
    const { queue, frames, sent, sources } = scene({ a: 1_000, b: 1_000 });
    queue.add(sources[0]!);
    queue.send(frames);
    expect(sent.join('')).toBe('ab');
    expect(sources.map(({ isQueued }) => isQueued)).toEqual([false, false]);
  });

  it('without room it stays where it was until the write is done', async () => {
    const { queue, frames, sent, written } = scene({ a: 40_000, b: 40_000 });
    queue.send(frames);
    expect(frames.isWriting).toBe(true);
    const before = sent.length;
    const next = sent.at(-1) === 'a' ? 'b' : 'a';
    queue.send(frames);
    expect(sent).toHaveLength(before);
    await written;
    queue.send(frames);
    expect(sent[before]).toBe(next);
  });
});

describe('the window of the session', () => {
  it('closed, it stops all; opened, they go on in turn', async () => {
    const { queue, frames, sent, written } = scene({ a: 40_000, b: 40_000 });
    queue.send(frames);
    await written;
    queue.send(frames);
    const before = sent.length;
    expect(before).toBe(Math.ceil(WINDOW_BYTES_DEFAULT / FRAME));
    expect(queue.open(2_000)).toBe(true);
    queue.send(frames);
    expect(sent.slice(before).toSorted()).toEqual(['a', 'b']);
  });

  it("closed, it is in nobody's way who needs none of it", async () => {
    const { queue, frames, sent, sources, written } = scene({ a: 40_000, b: 40_000 });
    queue.send(frames);
    await written;
    queue.send(frames);
    expect(sources.map(({ isQueued }) => isQueued)).toEqual([false, false]);
    const head: Sender = {
      isQueued: false,
      next: null,
      send: () => {
        sent.push('head');
        return 'done';
      },
      settle() {},
    };
    queue.add(sources[0]!);
    queue.add(head);
    queue.send(frames);
    expect(sent.at(-1)).toBe('head');
  });

  it('is never larger than it may be', () => {
    const { queue } = scene({});
    expect(queue.open(WINDOW_BYTES_MAX - WINDOW_BYTES_DEFAULT)).toBe(true);
    expect(queue.open(1)).toBe(false);
  });
});

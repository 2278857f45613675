// Whose turn it is to send on a session: streams with something to send go round, a frame each, so
// that no response waits for the whole of another one. Owns the session's window for sending.
//
//   ready    [a] [b] [c]     the first sends a frame, and goes behind the last if it has more
//   blocked  [d]             had content when the session's window was closed; has its turn when
//                            that opens, or before with something that needs no window

import { SendWindow } from './flow-window.ts';
import { WINDOW_BYTES_DEFAULT } from './frame-format.ts';
import type { FrameWriter } from './frame-writer.ts';

/**
 * What has come of a turn: there is `more` to send; nothing, or nothing before the stream's window
 * opens; nothing before the session's does; nothing before the writer has `room`.
 */
export type Turn = 'more' | 'done' | 'sessionWindow' | 'room';

export interface Sender {
  /** Set by the queue alone. */
  isQueued: boolean;
  next: Sender | null;
  /** Writes a frame of content, and what stands before it or ends it. */
  send(frames: FrameWriter, session: SendWindow): Turn;
  /** After a turn: tells whom it concerns what has left. */
  settle(): void;
}

class SenderList {
  first: Sender | null = null;
  #last: Sender | null = null;

  push(sender: Sender): void {
    sender.next = null;
    if (this.#last === null) this.first = sender;
    else this.#last.next = sender;
    this.#last = sender;
  }

  shift(): Sender | null {
    const { first } = this;
    if (first === null) return null;
    this.first = first.next;
    if (this.first === null) this.#last = null;
    first.next = null;
    return first;
  }

  unshift(sender: Sender): void {
    sender.next = this.first;
    this.first = sender;
    this.#last ??= sender;
  }
}

export class SendQueue {
  readonly #window = new SendWindow(WINDOW_BYTES_DEFAULT);
  #ready = new SenderList();
  readonly #blocked = new Set<Sender>();

  add(sender: Sender): void {
    if (sender.isQueued) return;
    sender.isQueued = true;
    this.#ready.push(sender);
  }

  /** The session's window has opened. False: too far. */
  open(bytes: number): boolean {
    if (!this.#window.grow(bytes)) return false;
    for (const sender of this.#blocked) this.add(sender);
    this.#blocked.clear();
    return true;
  }

  /** Nobody sends any more. */
  clear(): void {
    this.#ready = new SenderList();
    this.#blocked.clear();
  }

  /** Writes what may be written until the socket has all it should have at a time. */
  send(frames: FrameWriter): void {
    while (!frames.isWriting) {
      const sender = this.#ready.shift();
      if (sender === null) return;
      const turn = sender.send(frames, this.#window);
      if (turn === 'more') {
        this.#ready.push(sender);
      } else if (turn === 'room') {
        this.#ready.unshift(sender);
        frames.flush();
      } else {
        sender.isQueued = false;
        if (turn === 'sessionWindow') this.#blocked.add(sender);
      }
      sender.settle();
    }
  }
}

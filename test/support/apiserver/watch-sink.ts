// The way of a watch's events to the client: one line of JSON each, at the pace of the connection,
// and the faults that befall them. It knows nothing of storage or selectors.

import type { ServerResponse } from 'node:http';
import { expired } from './api-status.ts';
import type { WatchFault } from './faults.ts';
import type { WatchEvent } from './watch-stream.ts';

/** Unsent text of one watch. A client that is further behind is cut off, as a real server does. */
const UNSENT_BYTES_MAX = 256 * 1024 * 1024;
const EXPIRED = expired('The resourceVersion for the provided watch is too old.').status;
/** How long an event waits for another one to change places with. */
const REORDER_WAIT_MS = 20;

export interface WatchSinkOptions {
  readonly response: ServerResponse;
  readonly nextFault: () => WatchFault | null;
  /** The object of an event as the client asked to see it: JSON. */
  readonly render: (event: WatchEvent) => string;
}

export class WatchSink {
  readonly #options: WatchSinkOptions;
  #isSilent = false;
  #held: WatchEvent | null = null;

  constructor(options: WatchSinkOptions) {
    this.#options = options;
  }

  send(event: WatchEvent): void {
    if (this.#isSilent || this.#options.response.destroyed) return;
    const held = this.#held;
    if (held !== null && held.key !== event.key) {
      this.#held = null;
      this.#write(lineOf(event, this.#options.render));
      this.#write(lineOf(held, this.#options.render));
      return;
    }
    this.#release();
    const isChange = event.type !== 'BOOKMARK' && event.type !== 'ERROR';
    this.#sendWith(isChange ? this.#options.nextFault() : null, event);
  }

  /** Ends the response in order. */
  end(): void {
    if (this.#isSilent) return;
    this.#release();
    this.#options.response.end();
  }

  #sendWith(fault: WatchFault | null, event: WatchEvent): void {
    const { response, render } = this.#options;
    const line = lineOf(event, render);
    const half = line.slice(0, line.length / 2);
    switch (fault?.do) {
      case 'cut':
        // Half an object has to be on its way before the connection goes.
        response.write(half, () => response.destroy());
        this.#isSilent = true;
        break;
      case 'garble':
        this.#write(`${half}\n`);
        break;
      case 'silence':
        this.#isSilent = true;
        break;
      case 'repeat':
        this.#write(line);
        this.#write(line);
        break;
      case 'reorder':
        this.#held = event;
        setTimeout(() => this.#release(), REORDER_WAIT_MS).unref();
        break;
      case 'expire':
        this.#write(lineOf({ type: 'ERROR', key: '', object: EXPIRED }, render));
        this.end();
        break;
      default:
        this.#write(line);
    }
  }

  #release(): void {
    const held = this.#held;
    this.#held = null;
    if (held !== null) this.#write(lineOf(held, this.#options.render));
  }

  #write(line: string): void {
    const { response } = this.#options;
    if (response.destroyed || response.writableEnded) return;
    response.write(line);
    if (response.writableLength > UNSENT_BYTES_MAX) response.destroy();
  }
}

function lineOf(event: WatchEvent, render: (event: WatchEvent) => string): string {
  return `{"type":"${event.type}","object":${render(event)}}\n`;
}

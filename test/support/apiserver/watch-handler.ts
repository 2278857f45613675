// Watches as long answers: opens them, sends bookmarks, ends them when their time is over, and
// knows which are open.

import type { ServerResponse } from 'node:http';
import type { ApiObject } from './api-object.ts';
import type { ResourceRequest } from './api-request.ts';
import { toServed } from './event-views.ts';
import type { Faults } from './faults.ts';
import { selection } from './object-list.ts';
import type { ObjectStorage } from './object-storage.ts';
import { WatchSink } from './watch-sink.ts';
import { type WatchEvent, WatchStream } from './watch-stream.ts';

export interface WatchCall {
  readonly resource: ResourceRequest;
  readonly query: URLSearchParams;
  readonly response: ServerResponse;
  /** An object as the client asked to see it. */
  readonly render: (object: ApiObject) => string;
}

export interface WatchHandlerOptions {
  readonly storage: ObjectStorage;
  readonly faults: Faults;
  readonly bookmarkIntervalMs: number;
}

/** A watch without timeoutSeconds; a real server draws between 30 and 60 minutes. */
const WATCH_TIMEOUT_SECONDS = 1_800;

export class WatchHandler {
  readonly #options: WatchHandlerOptions;
  readonly #streams = new Set<WatchStream>();

  constructor(options: WatchHandlerOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#streams.size;
  }

  bookmarkAll(): void {
    for (const stream of this.#streams) stream.bookmark();
  }

  /** Throws StatusError for what can be refused before the answer begins. */
  open({ resource, query, response, render }: WatchCall): void {
    const { kind, namespace } = resource;
    const { storage, faults } = this.#options;
    selection(kind, namespace, query);
    response.writeHead(200, {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-cache, private',
    });
    response.flushHeaders();
    const sink = new WatchSink({
      response,
      nextFault: () => faults.forEvent(resource),
      render: ({ type, object }: WatchEvent) =>
        type === 'BOOKMARK' || type === 'ERROR'
          ? JSON.stringify(object)
          : render(toServed(kind, object as ApiObject)),
    });
    const send = sink.send.bind(sink);
    const stream = new WatchStream(storage, { kind, namespace, query, send });
    this.#keep(stream, sink, { query, response });
    if (!stream.isOpen) sink.end();
  }

  #keep(
    stream: WatchStream,
    sink: WatchSink,
    { query, response }: Pick<WatchCall, 'query' | 'response'>,
  ): void {
    this.#streams.add(stream);
    const bookmarks = setInterval(
      () => stream.bookmark(),
      this.#options.bookmarkIntervalMs,
    ).unref();
    const seconds = Number(query.get('timeoutSeconds')) || WATCH_TIMEOUT_SECONDS;
    const timeout = setTimeout(() => {
      stream.bookmark();
      sink.end();
    }, seconds * 1_000).unref();
    response.once('close', () => {
      clearInterval(bookmarks);
      clearTimeout(timeout);
      stream.close();
      this.#streams.delete(stream);
    });
  }
}

// A client's TLS connection that is passed through to its backend unopened: chooses the endpoint,
// connects, and hands both sides to a relay. What is in the connection it never sees.

import { connect, type Socket } from 'node:net';
import { limits } from '#base/limits.ts';
import type { DataPlane } from '../data-plane.ts';
import type { ClientConnection } from '../listener.ts';
import { Deadline } from '../timer-wheel.ts';
import type { EndpointPool } from '../upstream/endpoint-pool.ts';
import { isShortage } from '../upstream/shortage.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { ByteRelay } from './byte-relay.ts';

export interface PassedThrough {
  /** Paused. */
  readonly socket: Socket;
  /** What was read of it already. */
  readonly first: Buffer;
  readonly upstream: Upstream;
}

export class Passthrough implements ClientConnection {
  readonly #plane: DataPlane;
  readonly #socket: Socket;
  readonly #first: Buffer;
  readonly #upstream: Upstream;
  /** To connect. */
  readonly #deadline: Deadline;
  /** Null while none is being connected or relayed to. */
  #backend: Socket | null = null;
  #attempts = 0;

  constructor(plane: DataPlane, { socket, first, upstream }: PassedThrough) {
    this.#plane = plane;
    this.#socket = socket;
    this.#first = first;
    this.#upstream = upstream;
    this.#deadline = new Deadline(plane.wheel, () => this.#backend?.destroy());
    if (!upstream.begin()) {
      plane.counters.increment('requestsOverInFlightLimit');
      this.#fail();
      return;
    }
    socket.on('close', () => this.#gone());
    this.#connect();
  }

  /** It belongs to its two ends: who leaves waits for them as long as it may. */
  drain(): void {}

  #connect(): void {
    const endpoint = this.#upstream.pick(this.#plane.view);
    if (endpoint === null) {
      this.#fail();
      return;
    }
    this.#attempts += 1;
    // The transport of the endpoint is for requests: this connection brings its own TLS.
    const { address: host, port } = endpoint;
    const backend = connect({ host, port, noDelay: true, allowHalfOpen: true });
    this.#backend = backend;
    let isReached = false;
    let lacksDescriptors = false;
    backend.on('error', ({ code }: NodeJS.ErrnoException) => {
      lacksDescriptors = !isReached && isShortage(code);
    });
    backend.on('connect', () => {
      isReached = true;
      this.#relay(endpoint, backend);
    });
    backend.on('close', () => {
      if (isReached || this.#socket.destroyed) return;
      if (lacksDescriptors) this.#noteShortage();
      else endpoint.recordFailure();
      this.#retry();
    });
    this.#deadline.set(limits.connectTimeoutMs);
  }

  #relay(endpoint: EndpointPool, backend: Socket): void {
    const { counters, wheel } = this.#plane;
    this.#deadline.drop();
    counters.increment('upstreamConnects');
    counters.increment('passthroughConnections');
    if (endpoint.isSuspect) endpoint.recordSuccess();
    backend.write(this.#first);
    new ByteRelay(wheel, [this.#socket, backend]);
  }

  /** Nothing has been sent, so that another endpoint may be tried. */
  #retry(): void {
    const { counters } = this.#plane;
    counters.increment('upstreamConnectFailures');
    this.#backend = null;
    if (this.#attempts < limits.attemptsMax && this.#upstream.mayRetry()) {
      counters.increment('upstreamRetries');
      this.#connect();
    } else {
      this.#fail();
    }
  }

  #noteShortage(): void {
    this.#plane.counters.increment('descriptorShortages');
    this.#plane.pools.closeIdle();
  }

  /** There is nobody who could say in TLS what is wrong. */
  #fail(): void {
    this.#plane.counters.increment('passthroughFailures');
    this.#socket.resetAndDestroy();
  }

  #gone(): void {
    this.#deadline.drop();
    this.#upstream.finish();
    // A relay ends its other side itself, after what is still to be sent.
    if (this.#backend?.connecting) this.#backend.destroy();
  }
}

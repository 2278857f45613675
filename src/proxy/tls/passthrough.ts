// A client's TLS connection that is passed through to its backend unopened: chooses the endpoint,
// connects, hands both sides to a relay, and tells the access log when it is over. What is in the
// connection it never sees.

import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { limits } from '#base/limits.ts';
import type { DataPlane } from '../data-plane.ts';
import { formatAccessEntry, formatPassthrough } from '../format-access-entry.ts';
import type { ClientConnection } from '../listener.ts';
import type { Client } from '../phases/forwarding-fields.ts';
import { Deadline } from '../timer-wheel.ts';
import type { EndpointPool } from '../upstream/endpoint-pool.ts';
import { isShortage } from '../upstream/shortage.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { FAILURE_MESSAGES } from '../upstream/upstream-failure.ts';
import { ByteRelay } from './byte-relay.ts';

export interface PassedThrough {
  /** Paused. */
  readonly socket: Socket;
  /** What was read of it already. */
  readonly first: Buffer;
  readonly client: Client;
  /** The host that the client names. */
  readonly serverName: string;
  readonly upstream: Upstream;
  readonly upstreamName: string;
}

export class Passthrough implements ClientConnection {
  readonly #plane: DataPlane;
  readonly #passed: PassedThrough;
  readonly #startedMs = performance.now();
  /** To connect. */
  readonly #deadline: Deadline;
  /** Null while none is being connected or relayed to. */
  #backend: Socket | null = null;
  /** Null until the backend is connected. */
  #relay: ByteRelay | null = null;
  /** Null unless its turn to end is set. */
  #end: Deadline | null = null;
  /** The last one that was tried. */
  #endpoint: EndpointPool | null = null;
  #attempts = 0;
  /** Why it has come to nothing. */
  #error: string | null = null;

  constructor(plane: DataPlane, passed: PassedThrough) {
    const { socket, upstream } = passed;
    this.#plane = plane;
    this.#passed = passed;
    this.#deadline = new Deadline(plane.wheel, () => this.#backend?.destroy());
    const isAdmitted = upstream.begin();
    socket.on('close', () => {
      if (isAdmitted) upstream.finish();
      this.#gone();
    });
    if (isAdmitted) {
      this.#connect();
    } else {
      plane.counters.increment('requestsOverInFlightLimit');
      this.#fail('too many requests are under way to the upstream');
    }
  }

  /** We are leaving: it ends in time, as if its client had ended it. */
  drain(): void {
    const relay = this.#relay;
    if (relay !== null) this.#end = this.#plane.endTunnelInTime(() => relay.endFirst());
  }

  #connect(): void {
    const endpoint = this.#passed.upstream.pick(this.#plane.view);
    if (endpoint === null) {
      this.#fail('the upstream has no endpoint');
      return;
    }
    this.#endpoint = endpoint;
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
      this.#begin(endpoint, backend);
    });
    backend.on('close', () => {
      if (isReached || this.#passed.socket.destroyed) return;
      if (lacksDescriptors) this.#noteShortage();
      else endpoint.recordFailure();
      this.#retry();
    });
    this.#deadline.set(limits.connectTimeoutMs);
  }

  #begin(endpoint: EndpointPool, backend: Socket): void {
    const { counters, wheel } = this.#plane;
    this.#deadline.drop();
    counters.increment('upstreamConnects');
    counters.increment('passthroughConnections');
    if (endpoint.isSuspect) endpoint.recordSuccess();
    backend.write(this.#passed.first);
    this.#relay = new ByteRelay(wheel, [this.#passed.socket, backend]);
    this.drain();
  }

  /** Nothing has been sent, so that another endpoint may be tried. */
  #retry(): void {
    const { counters } = this.#plane;
    counters.increment('upstreamConnectFailures');
    this.#backend = null;
    if (this.#attempts < limits.attemptsMax && this.#passed.upstream.mayRetry()) {
      counters.increment('upstreamRetries');
      this.#connect();
    } else {
      this.#fail(FAILURE_MESSAGES.connect);
    }
  }

  #noteShortage(): void {
    this.#plane.counters.increment('descriptorShortages');
    this.#plane.pools.closeIdle();
  }

  /** There is nobody who could say in TLS what is wrong. */
  #fail(error: string): void {
    this.#error = error;
    this.#plane.counters.increment('passthroughFailures');
    this.#passed.socket.resetAndDestroy();
  }

  #gone(): void {
    this.#deadline.drop();
    this.#end?.drop();
    // A relay ends its other side itself, after what is still to be sent.
    if (this.#backend?.connecting) this.#backend.destroy();
    this.#plane.accessLog?.add(this.#line());
  }

  #line(): string {
    const { client, serverName, socket, upstreamName } = this.#passed;
    return formatAccessEntry({
      time: new Date(),
      client: client.address,
      scheme: client.scheme,
      request: formatPassthrough(serverName, socket.bytesRead),
      requestId: null,
      status: null,
      responseBytes: socket.bytesWritten,
      durationMs: performance.now() - this.#startedMs,
      ingress: null,
      upstream: upstreamName,
      endpoint: this.#endpoint,
      attempts: this.#attempts,
      error: this.#error,
    });
  }
}

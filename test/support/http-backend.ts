// A backend for tests: answers with its own name, and holds the requests for /held until the test
// lets them go.

import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export class HttpBackend implements AsyncDisposable {
  readonly #server: Server;
  #held: ServerResponse[] = [];
  #wakeWaiting = Promise.withResolvers<void>();

  private constructor(name: string) {
    this.#server = createServer((request, response) => {
      response.setHeader('X-Backend', name);
      if (request.url !== '/held') return response.end(`${name}\n`);
      response.flushHeaders();
      this.#held.push(response);
      this.#wakeWaiting.resolve();
    });
  }

  static async start(name: string): Promise<HttpBackend> {
    const backend = new HttpBackend(name);
    backend.#server.listen(0, '127.0.0.1');
    await once(backend.#server, 'listening');
    return backend;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Resolves when a request for /held is there. */
  async holds(): Promise<void> {
    if (this.#held.length === 0) await this.#wakeWaiting.promise;
  }

  /** Ends all responses that are held. */
  release(): void {
    for (const response of this.#held) response.end('released\n');
    this.#held = [];
    this.#wakeWaiting = Promise.withResolvers();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

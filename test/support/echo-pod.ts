// A pod for tests: a web server that answers with what it has understood of the request, and with
// its own name and Service.

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a pod tells of a request: the body of its answer, as JSON. */
export interface Echo {
  readonly service: string;
  readonly pod: string;
  readonly method: string;
  /** With the query, as it came. */
  readonly path: string;
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
}

export class EchoPod implements AsyncDisposable {
  readonly name: string;
  readonly #server: Server;

  private constructor(service: string, name: string) {
    this.name = name;
    this.#server = createServer(({ method = '', url = '', httpVersion, headers }, response) => {
      const echo: Echo = { service, pod: name, method, path: url, httpVersion, headers };
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(echo));
    });
  }

  static async start(service: string, name: string): Promise<EchoPod> {
    const pod = new EchoPod(service, name);
    pod.#server.listen(0, '127.0.0.1');
    await once(pod.#server, 'listening');
    return pod;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

// A pod that comes and goes as pods do: it listens at an address of its own, answers with a body
// that all share, and when it is told to end it stops listening, ends what is idle and finishes
// what it has begun.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export const POD_BODY = 'pod';

/** Up to this long an answer takes, so that there is always something under way. */
const ANSWER_MAX_MS = 20;

export class BenchPod {
  readonly address: string;
  readonly #server: Server;
  #isEnding = false;

  private constructor(address: string) {
    this.address = address;
    this.#server = createServer(async (request, response) => {
      request.resume();
      await delay(Math.random() * ANSWER_MAX_MS);
      if (this.#isEnding) response.setHeader('Connection', 'close');
      response.end(POD_BODY);
    });
    // Longer than anything here, so that only an end closes idle connections.
    this.#server.keepAliveTimeout = 60_000;
  }

  static async start(address: string, port: number): Promise<BenchPod> {
    const pod = new BenchPod(address);
    pod.#server.listen(port, address);
    await once(pod.#server, 'listening');
    return pod;
  }

  /** As after SIGTERM. Resolves when its last connection has closed. */
  async end(): Promise<void> {
    this.#isEnding = true;
    const closed = once(this.#server, 'close');
    // It stops listening, and closes the idle connections.
    this.#server.close();
    await closed;
  }
}

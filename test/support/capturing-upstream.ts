// An upstream that answers every whole request alike and keeps what it has got, read by the tests'
// own reader.

import type { Socket } from 'node:net';
import type { Endpoint } from '#plan/endpoint-plan.ts';
import { findHead, framingOf, type RawHead, readBody } from './fuzz/raw-message.ts';
import { type RawServer, startRawServer } from './raw-peer.ts';

export interface CapturedRequest {
  readonly head: RawHead;
  readonly content: string;
}

export class CapturingUpstream implements AsyncDisposable {
  readonly #server: RawServer;
  #requests: CapturedRequest[] = [];

  private constructor(server: RawServer) {
    this.#server = server;
  }

  /** `answer` is called for each whole request. */
  static async start(answer: (socket: Socket) => unknown): Promise<CapturingUpstream> {
    const server = await startRawServer(({ socket }) => {
      let text = '';
      socket.on('data', (more: string) => {
        text += more;
        for (let size = upstream.#take(text); size > 0; size = upstream.#take(text)) {
          text = text.slice(size);
          answer(socket);
        }
      });
      socket.on('end', () => socket.end());
    });
    const upstream = new CapturingUpstream(server);
    return upstream;
  }

  get endpoint(): Endpoint {
    return this.#server.endpoint;
  }

  /** What has come since it was last asked. */
  takeRequests(): CapturedRequest[] {
    const requests = this.#requests;
    this.#requests = [];
    return requests;
  }

  /** The size of the whole request with which `text` begins; 0 if there is none. */
  #take(text: string): number {
    const head = findHead(text, 0);
    if (head === null) return 0;
    const framing = framingOf(head);
    const body = readBody(text, head.end, framing === 'unsaid' ? 0 : framing);
    if (body === null) return 0;
    this.#requests.push({ head, content: body.content });
    return body.end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}

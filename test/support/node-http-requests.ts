// What Node's own HTTP server understands by some bytes, for comparison.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { turnUntil } from './fuzz/write-pieces.ts';
import { connectPeer } from './raw-peer.ts';

export interface UnderstoodRequest {
  readonly method: string;
  readonly target: string;
  readonly host: string;
  readonly content: string;
}

/** Far above what a complete request takes. A peer that waits for more is told that none comes. */
const WAITING_MS = 50;

export class NodeHttpRequests implements AsyncDisposable {
  readonly #server: Server;
  #requests: UnderstoodRequest[] = [];

  private constructor() {
    this.#server = createServer((message, response) => {
      message.setEncoding('latin1');
      let content = '';
      message.on('data', (text: string) => {
        content += text;
      });
      message.on('error', () => {});
      message.on('end', () => {
        this.#requests.push(understood(message, content));
        response.end();
      });
    });
  }

  static async start(): Promise<NodeHttpRequests> {
    const requests = new NodeHttpRequests();
    requests.#server.listen(0, '127.0.0.1');
    await once(requests.#server, 'listening');
    return requests;
  }

  /** The complete requests in `text`, which is all that a client sends. */
  async read(text: string): Promise<UnderstoodRequest[]> {
    this.#requests = [];
    await using client = await connectPeer((this.#server.address() as AddressInfo).port);
    client.write(text);
    await turnUntil(() => client.socket.readableEnded || client.socket.destroyed, WAITING_MS);
    client.socket.end();
    await client.ended();
    return this.#requests;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

function understood(message: IncomingMessage, content: string): UnderstoodRequest {
  const { method = '', url = '', headers } = message;
  return { method, target: url, host: headers.host ?? '', content };
}

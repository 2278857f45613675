// One connection that stays: asks for a host and reads the body of the answer. It tells when a
// change has arrived at the worker behind it.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const HEAD_END = '\r\n\r\n';
const CONTENT_LENGTH = /\r\ncontent-length: (\d+)\r\n/i;

export class ProbeConnection {
  readonly #socket: Socket;
  #received = '';
  #answer: PromiseWithResolvers<string> | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket.setEncoding('latin1');
    socket.on('data', (text) => this.#read(text.toString()));
    socket.on('error', (error) => this.#answer?.reject(error));
    socket.on('close', () => this.#answer?.reject(new Error('the connection was closed')));
  }

  static async open(port: number): Promise<ProbeConnection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new ProbeConnection(socket);
  }

  /** Status and body, such as `200 a`. One question at a time. */
  ask(host: string): Promise<string> {
    this.#answer = Promise.withResolvers();
    this.#socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    return this.#answer.promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#received += text;
    const headEnd = this.#received.indexOf(HEAD_END);
    if (headEnd === -1) return;
    const size = Number(CONTENT_LENGTH.exec(this.#received)?.[1] ?? 0);
    const body = this.#received.slice(headEnd + HEAD_END.length);
    if (body.length < size) return;
    const status = this.#received.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length);
    this.#received = '';
    this.#answer?.resolve(`${status} ${body}`);
  }
}

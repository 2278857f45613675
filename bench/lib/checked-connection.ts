// One connection of a load that checks its answers: one request at a time, on a socket that stays
// until the server closes it.

import { connect, type Socket } from 'node:net';

const HEAD_END = '\r\n\r\n';
const LENGTH = /\r\ncontent-length: *(\d+)\r\n/i;
const CLOSES = /\r\nconnection: *close\r\n/i;
const STATUS_START = 'HTTP/1.1 '.length;
const TIMEOUT_MS = 5_000;

/** What came of a request: status and body, as `200 a`, or why there is no answer. */
export type Settle = (answer: string | null, failure: string) => void;

export class CheckedConnection {
  readonly #socket: Socket;
  #received = '';
  #settle: Settle | null = null;
  #failure = 'the connection was closed';

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true }).setEncoding('latin1');
    this.#socket.on('data', (piece) => this.#read(piece.toString()));
    this.#socket.on('timeout', () => this.#end('no answer in time'));
    this.#socket.on('error', ({ message }) => this.#end(message));
    this.#socket.on('close', () => this.#end(this.#failure));
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  /** `settle` is called once, and the connection may be used again when it has been. */
  ask(method: string, host: string, settle: Settle): void {
    this.#settle = settle;
    this.#socket.setTimeout(TIMEOUT_MS);
    const length = method === 'POST' ? 'Content-Length: 0\r\n' : '';
    this.#socket.write(`${method} / HTTP/1.1\r\nHost: ${host}\r\n${length}\r\n`);
  }

  #read(piece: string): void {
    this.#received += piece;
    const headEnd = this.#received.indexOf(HEAD_END);
    if (headEnd === -1) return;
    const head = this.#received.slice(0, headEnd + 2);
    const body = this.#received.slice(headEnd + HEAD_END.length);
    if (body.length < Number(LENGTH.exec(head)?.[1] ?? 0)) return;
    this.#received = '';
    this.#socket.setTimeout(0);
    if (CLOSES.test(head)) this.#socket.destroy();
    this.#finish(`${head.slice(STATUS_START, STATUS_START + 3)} ${body}`, '');
  }

  #end(failure: string): void {
    this.#failure = failure;
    this.#socket.destroy();
    this.#finish(null, failure);
  }

  #finish(answer: string | null, failure: string): void {
    const settle = this.#settle;
    this.#settle = null;
    settle?.(answer, failure);
  }
}

// Entry of a backend for large bodies: `GET /N` answers N bytes; a POST is read to its end, at N
// bytes a second if it is `POST /N`, and then answered. One request at a time. Argument: port.

import { createServer, type Socket } from 'node:net';
import { readSlowly } from './read-slowly.ts';

const HEAD_END = '\r\n\r\n';
const REQUEST_LINE = /^(\S+) \/(\d*)/;
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)\r\n/i;
const PIECE = Buffer.alloc(1_048_576, 'x');

class Connection {
  readonly #socket: Socket;
  #head = '';
  #bodyLeft = 0;
  #answerLeft = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => this.#receive(bytes as Buffer));
    socket.on('drain', () => this.#send());
    socket.on('error', () => socket.destroy());
  }

  #receive(bytes: Buffer): void {
    if (this.#bodyLeft > 0) {
      this.#swallow(bytes.length);
      return;
    }
    this.#head += bytes.toString('latin1');
    const end = this.#head.indexOf(HEAD_END);
    if (end === -1) return;
    const head = this.#head.slice(0, end + 2);
    const arrived = this.#head.length - end - HEAD_END.length;
    this.#head = '';
    const [, method, size] = REQUEST_LINE.exec(head) ?? [];
    if (method === 'GET') {
      this.#answer(Number(size));
      return;
    }
    if (size !== '') readSlowly(this.#socket, Number(size));
    this.#bodyLeft = Number(CONTENT_LENGTH.exec(head)?.[1] ?? 0);
    this.#swallow(arrived);
  }

  #swallow(size: number): void {
    this.#bodyLeft -= size;
    if (this.#bodyLeft <= 0) this.#answer(0);
  }

  #answer(size: number): void {
    this.#socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
    this.#answerLeft = size;
    this.#send();
  }

  #send(): void {
    while (this.#answerLeft > 0) {
      const piece = PIECE.subarray(0, this.#answerLeft);
      this.#answerLeft -= piece.length;
      if (!this.#socket.write(piece)) return;
    }
  }
}

const server = createServer({ noDelay: true }, (socket) => new Connection(socket));
server.listen(Number(process.argv[2]), '127.0.0.1');

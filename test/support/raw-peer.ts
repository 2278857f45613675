// Peers that write and read raw bytes, well-behaved or not: a client socket, and a server whose
// every connection is such a peer. Text is latin1, one character a byte.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export class RawPeer implements AsyncDisposable {
  readonly socket: Socket;
  #received = '';
  #ended = false;
  #failed = false;
  #changed: (() => void) | null = null;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#received += text;
      this.#changed?.();
    });
    socket.on('end', () => {
      this.#ended = true;
      this.#changed?.();
    });
    socket.on('error', () => {
      this.#failed = true;
    });
    socket.on('close', () => {
      this.#ended = true;
      this.#changed?.();
    });
  }

  write(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Takes everything up to and including the first `mark`. Fails if the peer ends before. */
  async readTo(mark: string): Promise<string> {
    for (let at = -1; ; ) {
      at = this.#received.indexOf(mark);
      if (at >= 0) return this.#take(at + mark.length);
      if (this.#ended) throw new Error(`ended before ${JSON.stringify(mark)}: ${this.#received}`);
      await this.#change();
    }
  }

  /** Takes `size` bytes. */
  async read(size: number): Promise<string> {
    while (this.#received.length < size) {
      if (this.#ended) throw new Error(`ended after ${this.#received.length} of ${size} bytes`);
      await this.#change();
    }
    return this.#take(size);
  }

  /** A head without its empty line, and the body that its Content-Length announces. */
  async readMessage(): Promise<{ head: string; body: string }> {
    const head = (await this.readTo('\r\n\r\n')).slice(0, -4);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head);
    return { head, body: length === null ? '' : await this.read(Number(length[1])) };
  }

  /** Resolves when the other side has ended or reset the connection. */
  async ended(): Promise<void> {
    while (!this.#ended) await this.#change();
  }

  /** Everything until the other side's end. */
  async readToEnd(): Promise<string> {
    await this.ended();
    return this.#take(this.#received.length);
  }

  /** Whether the connection ended in a reset. */
  get wasReset(): boolean {
    return this.#failed;
  }

  #take(size: number): string {
    const taken = this.#received.slice(0, size);
    this.#received = this.#received.slice(size);
    return taken;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = resolve;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    if (!this.socket.closed) await once(this.socket, 'close');
  }
}

export async function connectPeer(port: number): Promise<RawPeer> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
  await once(socket, 'connect');
  return new RawPeer(socket);
}

export interface RawServer extends AsyncDisposable {
  readonly port: number;
  readonly endpoint: { readonly address: string; readonly port: number };
  /** How many connections have been accepted. */
  readonly accepted: number;
  /** The next connection that was not taken yet. */
  accept(): Promise<RawPeer>;
}

/** With a `serve`, each connection is given to it; without, `accept` takes them one by one. */
export async function startRawServer(serve?: (peer: RawPeer) => void): Promise<RawServer> {
  const waiting: RawPeer[] = [];
  const peers = new Set<RawPeer>();
  const state = { accepted: 0, arrived: null as (() => void) | null };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const peer = new RawPeer(socket);
    peers.add(peer);
    state.accepted += 1;
    if (serve === undefined) waiting.push(peer);
    else serve(peer);
    state.arrived?.();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    endpoint: { address: '127.0.0.1', port },
    get accepted() {
      return state.accepted;
    },
    async accept() {
      while (waiting.length === 0) {
        await new Promise<void>((resolve) => {
          state.arrived = resolve;
        });
      }
      return waiting.shift()!;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const peer of peers) await peer[Symbol.asyncDispose]();
    },
  };
}

/** A port on which nothing listens: connecting to it is refused. */
export async function closedPort(): Promise<number> {
  await using server = await startRawServer();
  return server.port;
}

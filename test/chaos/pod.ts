// A pod of the chaos suite: says who it is and what it has understood, echoes what tunnels bring,
// and breaks connections when it is told to, with a word about each request that it breaks.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../support/seeded-random.ts';

/** Some answers take a while, so that requests are under way whenever something happens. */
const SLOW_ONE_IN = 16;
const SLOW_MS_MAX = 400;

/** What a pod tells of a request. */
export interface PodEcho {
  readonly service: string;
  readonly pod: string;
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** `reset` before a byte of the answer, `cut` within it, `stall`: no answer at all. */
export type Trouble = 'reset' | 'cut' | 'stall';

/** Tells that the pod broke this request, by its X-Id, and how. */
export type OnBroken = (id: string, how: string) => void;

export interface PodOptions {
  readonly service: string;
  readonly name: string;
  readonly random: Random;
  readonly onBroken: OnBroken;
  /** Requests that were broken, shared by pods that stand in for each other. */
  readonly broken?: Set<string>;
}

export class Pod implements AsyncDisposable {
  readonly service: string;
  readonly name: string;
  readonly #onBroken: OnBroken;
  readonly #random: Random;
  readonly #sockets = new Set<Socket>();
  /** Requests and tunnels that are under way. */
  readonly #open = new Map<string, 'asked' | 'tunnel'>();
  /** What was broken once comes again, and shall be answered then. */
  readonly #broken: Set<string>;
  #server: Server | null = null;
  #trouble: Trouble | null = null;
  #troublesLeft = 0;
  port = 0;

  constructor({ service, name, random, onBroken, broken = new Set() }: PodOptions) {
    this.service = service;
    this.name = name;
    this.#random = random;
    this.#onBroken = onBroken;
    this.#broken = broken;
  }

  async start(address = '127.0.0.1'): Promise<void> {
    const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
      void this.#answer(request, response).catch(() => response.destroy());
    });
    server.on('upgrade', (request, socket) => this.#echo(request, socket));
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {}).once('close', () => this.#sockets.delete(socket));
    });
    server.listen(this.port, address);
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** The next `count` requests get into this trouble. */
  trouble(kind: Trouble, count: number): void {
    this.#trouble = kind;
    this.#troublesLeft = count;
  }

  /** Nothing listens from here on, and all connections are reset. */
  async crash(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    for (const [id, what] of this.#open) {
      // An idempotent request that was not answered is asked of another pod.
      if (what === 'tunnel' || id.endsWith('-post')) this.#onBroken(id, 'crash of a pod');
    }
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.crash();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const id = idOf(request);
    this.#open.set(id, 'asked');
    response.once('close', () => this.#open.delete(id));
    const body = await text(request);
    const { service, name: pod } = this;
    const echo: PodEcho = { service, pod, host: headers.host ?? '', method, path: url, body };
    const answer = JSON.stringify(echo);
    if (this.#random.below(SLOW_ONE_IN) === 0) await delay(this.#random.below(SLOW_MS_MAX));
    const trouble = this.#takeTrouble(id);
    if (trouble === 'stall') return;
    if (trouble === 'reset') return void request.socket.resetAndDestroy();
    response.setHeader('Content-Length', answer.length);
    if (trouble === null) return void response.end(answer);
    response.write(answer.slice(0, answer.length / 2), () => request.socket.resetAndDestroy());
  }

  #takeTrouble(id: string): Trouble | null {
    const trouble = this.#trouble;
    if (trouble === null || this.#troublesLeft === 0 || this.#broken.has(id)) return null;
    this.#troublesLeft -= 1;
    this.#broken.add(id);
    const isAskedAgain = trouble === 'reset' && !id.endsWith('-post');
    if (!isAskedAgain) this.#onBroken(id, `${trouble} by a pod`);
    return trouble;
  }

  #echo(request: IncomingMessage, socket: Duplex): void {
    const id = idOf(request);
    this.#open.set(id, 'tunnel');
    socket.once('close', () => this.#open.delete(id));
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n` +
        `X-Pod: ${this.service}/${this.name}\r\n\r\n`,
    );
    socket.pipe(socket);
  }
}

function idOf({ headers }: IncomingMessage): string {
  return String(headers['x-id'] ?? '');
}

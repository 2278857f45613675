// Entry of a load process of WebSockets that stay: each sends a number every second, one more than
// the last, and its echoes must come back whole and in order. Some are there from the start, others
// come later, evenly, and stay too. At SIGTERM it waits for the last echoes and prints a
// SocketsResult as JSON.

import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Latencies } from './latencies.ts';
import { openWebSocket } from './open-websocket.ts';
import { BEGUN } from './run-load.ts';
import { clientFrame, serverFrame } from './websocket-frames.ts';

export interface SocketsRequest {
  readonly port: number;
  /** Each socket is of the next one. */
  readonly hosts: readonly string[];
  readonly sockets: number;
  readonly comers: number;
  /** Between two that come. */
  readonly comeEveryMs: number;
}

export interface SocketsResult {
  readonly opened: number;
  /** Could not be opened. */
  readonly refused: number;
  /** Closed by the other side. */
  readonly lost: number;
  /** Echoes that were not the next ones. */
  readonly disordered: number;
  /** Messages whose echo never came, on sockets that are open. */
  readonly unanswered: number;
  readonly messages: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const SEND_EVERY_MS = 1_000;
/** Echoes that take longer never come. */
const LAST_ECHO_MS = 2_000;
const DIGITS = 8;
const MESSAGES_MAX = 10_000_000;

const request = JSON.parse(process.argv[2] ?? '') as SocketsRequest;
const latencies = new Latencies(MESSAGES_MAX);
const conversations: Conversation[] = [];
let refused = 0;
let isEnding = false;

class Conversation {
  lost = false;
  disordered = 0;
  sent = 0;
  echoed = 0;
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #sentAtMs = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (piece) => this.#read(piece as Buffer));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.lost = true;
    });
  }

  send(): void {
    if (this.lost || isEnding) return;
    this.sent += 1;
    this.#sentAtMs = performance.now();
    this.#socket.write(clientFrame(payloadOf(this.sent)));
  }

  #read(piece: Buffer): void {
    this.#received = Buffer.concat([this.#received, piece]);
    for (;;) {
      const expected = serverFrame(payloadOf(this.echoed + 1));
      if (this.#received.length < expected.length) return;
      if (!this.#received.subarray(0, expected.length).equals(expected)) this.disordered += 1;
      this.#received = this.#received.subarray(expected.length);
      this.echoed += 1;
      latencies.record(performance.now() - this.#sentAtMs);
    }
  }
}

function payloadOf(count: number): Buffer {
  return Buffer.from(String(count).padStart(DIGITS, '0'));
}

async function openNext(): Promise<void> {
  const { hosts, port } = request;
  const host = hosts[(conversations.length + refused) % hosts.length] as string;
  try {
    const socket = await openWebSocket({ port, host, path: '/', isSecure: false });
    const conversation = new Conversation(socket);
    conversations.push(conversation);
    conversation.send();
    setInterval(() => conversation.send(), SEND_EVERY_MS);
  } catch {
    refused += 1;
  }
}

async function report(): Promise<void> {
  isEnding = true;
  await delay(LAST_ECHO_MS);
  const sum = (figure: (one: Conversation) => number) =>
    conversations.reduce((total, one) => total + figure(one), 0);
  const [p99Ms = 0, maxMs = 0] = latencies.quantilesMs([0.99, 1]);
  const result: SocketsResult = {
    ...{ opened: conversations.length, refused, p99Ms, maxMs },
    lost: sum(({ lost }) => Number(lost)),
    disordered: sum(({ disordered }) => disordered),
    unanswered: sum(({ lost, sent, echoed }) => (lost ? 0 : sent - echoed)),
    messages: sum(({ echoed }) => echoed),
  };
  process.stdout.write(JSON.stringify(result), () => process.exit(0));
}

process.once('SIGTERM', () => void report());
while (conversations.length + refused < request.sockets) await openNext();
process.stdout.write(BEGUN);
for (let comer = 0; comer < request.comers && !isEnding; comer += 1) {
  await delay(request.comeEveryMs);
  await openNext();
}

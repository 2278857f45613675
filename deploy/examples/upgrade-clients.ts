// The clients of the upgrade demo: each asks one thing after another, knows the right answer, and
// counts what it did not get. They do what a careful client does and never send a request twice.

import { once } from 'node:events';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

export interface Load {
  readonly port: number;
  readonly host: string;
  readonly signal: AbortSignal;
}

export class Tally {
  requests = 0;
  /** By what went wrong. */
  readonly failures = new Map<string, number>();

  fail(reason: string): void {
    this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
  }

  get failureCount(): number {
    return [...this.failures.values()].reduce((sum, count) => sum + count, 0);
  }
}

type Client = (load: Load, tally: Tally) => Promise<void>;

/** Each kind of client, with how many of it there are. */
export const CLIENTS: readonly (readonly [string, number, Client])[] = [
  ['a connection for each request', 8, connectAnew],
  ['keep-alive', 8, keepAlive],
  ['HTTP/2', 4, speakHttp2],
  ['upgraded, an echo each 50 ms', 20, echo],
];

const GAP_MAX_MS = 5;
const ECHO_MS = 50;
const WAIT_MS = 10_000;

async function connectAnew(load: Load, tally: Tally): Promise<void> {
  while (!load.signal.aborted) {
    const socket = open(load);
    await attempt(tally, async () => {
      await ask(socket, load, { id: tally.requests, isLast: true });
    });
    socket.destroy();
  }
}

async function keepAlive(load: Load, tally: Tally): Promise<void> {
  let socket: Socket | null = null;
  while (!load.signal.aborted) {
    // One that has ended behind its last answer is as good as one that said it would.
    if (socket === null || socket.readableEnded || socket.destroyed) socket = open(load);
    const used: Socket = socket;
    await attempt(tally, async () => {
      const head = await ask(used, load, { id: tally.requests, isLast: false });
      if (!/\r\nconnection: close\r\n/i.test(head)) return;
      used.destroy();
      socket = null;
    });
    await delay(Math.random() * GAP_MAX_MS);
  }
  socket?.destroy();
}

async function speakHttp2({ port, host, signal }: Load, tally: Tally): Promise<void> {
  let session: ClientHttp2Session | null = null;
  while (!signal.aborted) {
    if (session === null || session.closed || session.destroyed) {
      session = connectHttp2(`http://127.0.0.1:${port}`).on('error', () => {});
    }
    const path = `/n/${tally.requests}`;
    const stream = session.request({ ':path': path, ':authority': host });
    await attempt(tally, async () => checkBody(await text(stream), path));
    await delay(Math.random() * GAP_MAX_MS);
  }
  session?.destroy();
}

/** A tunnel may end when a process does, but never break while it goes on. */
async function echo(load: Load, tally: Tally): Promise<void> {
  while (!load.signal.aborted) {
    const socket = open(load);
    socket.write(head(load.host, '/echo', ['Connection: Upgrade', 'Upgrade: websocket']));
    await attempt(tally, async () => {
      const answer = await nextPiece(socket);
      if (!answer.startsWith('HTTP/1.1 101 ')) throw new Error(answer.slice(0, 12));
    });
    while (!(load.signal.aborted || socket.destroyed || socket.readableEnded)) {
      const said = Math.random().toString(36);
      socket.write(said);
      const heard = await nextPiece(socket).catch(() => null);
      if (heard === null) break;
      if (heard !== said) tally.fail('another echo');
      await delay(ECHO_MS);
    }
    socket.destroy();
  }
}

async function attempt(tally: Tally, request: () => Promise<void>): Promise<void> {
  tally.requests += 1;
  try {
    await request();
  } catch (error) {
    tally.fail((error as NodeJS.ErrnoException).code ?? (error as Error).message);
  }
}

function open({ port }: Load): Socket {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  socket.setEncoding('latin1').on('error', () => {});
  return socket.setTimeout(WAIT_MS, () => socket.destroy(new Error('no answer in time')));
}

/** Resolves with the head of a response whose body tells of this very request. */
async function ask(
  socket: Socket,
  { host }: Load,
  { id, isLast }: { readonly id: number; readonly isLast: boolean },
): Promise<string> {
  const path = `/n/${id}`;
  socket.write(head(host, path, isLast ? ['Connection: close'] : []));
  for (let received = ''; ; ) {
    received += await nextPiece(socket);
    const end = received.indexOf('\r\n\r\n') + 4;
    if (end < 4) continue;
    const size = Number(/\r\ncontent-length: (\d+)\r\n/i.exec(received)?.[1]);
    if (received.length < end + size) continue;
    checkBody(received.slice(end), path);
    return received.slice(0, end);
  }
}

function head(host: string, path: string, fields: readonly string[]): string {
  return [`GET ${path} HTTP/1.1`, `Host: ${host}`, ...fields, '', ''].join('\r\n');
}

/** Rejects with what the kernel says, or with `ended`. */
async function nextPiece(socket: Socket): Promise<string> {
  const over = new AbortController();
  const { signal } = over;
  const ended = once(socket, 'end', { signal }).then(() => Promise.reject(new Error('ended')));
  try {
    const [piece] = (await Promise.race([once(socket, 'data', { signal }), ended])) as [string];
    return piece;
  } finally {
    over.abort();
    ended.catch(() => {});
  }
}

function checkBody(body: string, path: string): void {
  if (!body.includes(`\nrequest  GET ${path}\n`)) throw new Error(`wrong body for ${path}`);
}

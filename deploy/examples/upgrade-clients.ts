// The clients of the upgrade demo: each asks one thing after another, or several at a time over
// HTTP/2, knows the right answers, and counts what it did not get. They do what a careful client
// does, and send nothing twice but what they were told was not begun.

import { once } from 'node:events';
import { type ClientHttp2Session, connect as connectHttp2, constants } from 'node:http2';
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
  /** Requests that a GOAWAY said were not begun: sent anew, which is safe (RFC 9113 8.7). */
  sentAnew = 0;
  /** Said in a tunnel in the moment when it ended: who tunnels learns of no end in advance. */
  unanswered = 0;
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
  ['HTTP/2, 8 streams at a time', 4, speakHttp2],
  ['upgraded, an echo each 50 ms', 20, echo],
];

const GAP_MAX_MS = 5;
const ECHO_MS = 50;
const STREAMS = 8;
const SENDINGS_MAX = 5;
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

async function speakHttp2(load: Load, tally: Tally): Promise<void> {
  let session: ClientHttp2Session | null = null;
  // All streams go to the next session from the moment when one begins to close.
  const current = (): ClientHttp2Session => {
    if (session === null || session.closed || session.destroyed) {
      session = connectHttp2(`http://127.0.0.1:${load.port}`).on('error', () => {});
    }
    return session;
  };
  const streams = Array.from({ length: STREAMS }, () => askStreams(load, tally, current));
  await Promise.all(streams);
  current().destroy();
}

async function askStreams(
  { host, signal }: Load,
  tally: Tally,
  current: () => ClientHttp2Session,
): Promise<void> {
  while (!signal.aborted) {
    const path = `/n/${tally.requests}`;
    await attempt(tally, () => askStream(current, { ':path': path, ':authority': host }, tally));
    await delay(Math.random() * GAP_MAX_MS);
  }
}

async function askStream(
  current: () => ClientHttp2Session,
  fields: { readonly ':path': string; readonly ':authority': string },
  tally: Tally,
): Promise<void> {
  for (let sending = 1; ; sending += 1) {
    const stream = current().request(fields);
    try {
      return checkBody(await text(stream), fields[':path']);
    } catch (error) {
      const isUnbegun = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
      if (!isUnbegun || sending === SENDINGS_MAX) throw error;
      tally.sentAnew += 1;
    }
  }
}

/** A tunnel may end when a process does, but it never breaks. */
async function echo(load: Load, tally: Tally): Promise<void> {
  while (!load.signal.aborted) {
    const socket = open(load);
    socket.write(head(load.host, '/echo', ['Connection: Upgrade', 'Upgrade: websocket']));
    await attempt(tally, async () => {
      const answer = (await nextPiece(socket)) ?? 'ended';
      if (!answer.startsWith('HTTP/1.1 101 ')) throw new Error(answer.slice(0, 12));
    });
    while (!(load.signal.aborted || socket.destroyed || socket.readableEnded)) {
      const said = Math.random().toString(36);
      socket.write(said);
      await attempt(tally, async () => {
        const heard = await nextPiece(socket);
        if (heard === null) tally.unanswered += 1;
        else if (heard !== said) throw new Error('another echo');
      });
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
    const piece = await nextPiece(socket);
    if (piece === null) throw new Error('ended');
    received += piece;
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

/** Null at its end; rejects with what the kernel says. */
async function nextPiece(socket: Socket): Promise<string | null> {
  const over = new AbortController();
  const { signal } = over;
  try {
    const next = [once(socket, 'data', { signal }), once(socket, 'end', { signal })];
    const [piece = null] = (await Promise.race(next)) as [string?];
    return piece;
  } finally {
    over.abort();
  }
}

function checkBody(body: string, path: string): void {
  if (!body.includes(`\nrequest  GET ${path}\n`)) throw new Error(`wrong body for ${path}`);
}

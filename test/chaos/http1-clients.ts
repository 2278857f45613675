// Clients of HTTP/1.1 that check every answer: one connection for each request, connections that
// are kept, and tunnels. They ask nothing twice, and open the next connection when one is over.

import { setTimeout as delay } from 'node:timers/promises';
import { connectPeer, type RawPeer } from '../support/raw-peer.ts';
import type { Random } from '../support/seeded-random.ts';
import { composeRequest, type Sent } from './compose-request.ts';
import type { Asked, Failure, Ledger } from './ledger.ts';
import { tellAnswer } from './tell-answer.ts';

export interface Load {
  readonly ledger: Ledger;
  /** Where clients connect to; it changes when the process is started afresh. */
  readonly ports: () => { readonly http: number; readonly https: number };
  readonly hosts: readonly string[];
  readonly signal: AbortSignal;
}

/** Longer than a worker that hangs is given. */
export const LATE_MS = 30_000;
const GAP_MS_MAX = 80;
const ECHO_MS = 100;
/** After a connection that nobody took. */
const REFUSED_MS = 50;

class Late extends Error {}

/** Each request on a connection of its own. */
export async function connectAnew(load: Load, client: string, random: Random): Promise<void> {
  while (!load.signal.aborted) {
    const sent = composeRequest(load, client, random);
    const peer = await connect(load, sent);
    if (peer !== null) {
      await exchange(load, { ...sent, isFirst: true, isLast: true }, peer);
      await peer[Symbol.asyncDispose]();
    }
    await delay(random.below(GAP_MS_MAX));
  }
}

/** Many requests on one connection, until it is said or seen to end. */
export async function keepAlive(load: Load, client: string, random: Random): Promise<void> {
  while (!load.signal.aborted) {
    let sent = composeRequest(load, client, random);
    const peer = await connect(load, sent);
    let isFirst = true;
    while (peer !== null && (await exchange(load, { ...sent, isFirst, isLast: false }, peer))) {
      isFirst = false;
      await delay(random.below(GAP_MS_MAX));
      if (load.signal.aborted || peer.socket.readableEnded || peer.socket.destroyed) break;
      sent = composeRequest(load, client, random);
    }
    await peer?.[Symbol.asyncDispose]();
  }
}

/** One tunnel after another; what goes in must come out. */
export async function tunnel(load: Load, client: string, random: Random): Promise<void> {
  while (!load.signal.aborted) {
    const asked = load.ledger.ask(client, random.pick(load.hosts));
    const peer = await connect(load, { asked, body: null });
    if (peer === null) continue;
    if (await openTunnel(load, asked, peer)) await echo(load, asked, peer);
    await peer[Symbol.asyncDispose]();
    await delay(random.below(GAP_MS_MAX));
  }
}

async function openTunnel({ ledger }: Load, asked: Asked, peer: RawPeer): Promise<boolean> {
  const fields = `X-Id: ${asked.id}\r\nConnection: Upgrade\r\nUpgrade: echo\r\n`;
  peer.write(`GET /tunnel HTTP/1.1\r\nHost: ${asked.host}\r\n${fields}\r\n`);
  try {
    const head = await inTime(peer, peer.readTo('\r\n\r\n'));
    const pod = /^HTTP\/1\.1 101 .*\r\nX-Pod: (\S+)\r\n/s.exec(head)?.[1];
    ledger.answered(asked, pod ?? head.slice(9, 12));
    return pod !== undefined;
  } catch (error) {
    ledger.failed(asked, failureOf(error, true), String(error));
    return false;
  }
}

/** Echoes until the tunnel ends. Each is a request with the id of the tunnel. */
async function echo(load: Load, opened: Asked, peer: RawPeer): Promise<void> {
  const { ledger } = load;
  while (!load.signal.aborted) {
    const asked = { ...ledger.ask(opened.client, opened.host), id: opened.id };
    const said = `${asked.beginMs} ${asked.client};`;
    peer.write(said);
    try {
      const heard = await inTime(peer, peer.read(said.length));
      if (heard === said) ledger.right(asked);
      else ledger.wrong(asked, `echo ${JSON.stringify(heard)}`);
    } catch (error) {
      ledger.failed(asked, error instanceof Late ? 'late' : 'tunnel', String(error));
      return;
    }
    await delay(ECHO_MS);
  }
}

async function connect({ ledger, ports }: Load, { asked }: Sent): Promise<RawPeer | null> {
  try {
    return await connectPeer(ports().http);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    ledger.failed(asked, code === 'ECONNREFUSED' ? 'refused' : 'unaccepted', code);
    await delay(REFUSED_MS);
    return null;
  }
}

interface Turn extends Sent {
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/** Asks and hands the answer in; returns whether the connection may be used again. */
async function exchange({ ledger }: Load, turn: Turn, peer: RawPeer): Promise<boolean> {
  peer.write(requestOf(turn));
  try {
    const { head, body } = await inTime(peer, peer.readMessage());
    tellAnswer(ledger, turn, Number(head.slice(9, 12)), body);
    return !/\r\nconnection: close(\r\n|$)/i.test(head);
  } catch (error) {
    ledger.failed(turn.asked, failureOf(error, turn.isFirst), String(error));
    return false;
  }
}

function requestOf({ asked: { host, id }, body, isLast }: Turn): string {
  const fields = [`Host: ${host}`, `X-Id: ${id}`];
  if (isLast) fields.push('Connection: close');
  if (body !== null) fields.push(`Content-Length: ${body.length}`);
  const method = body === null ? 'GET' : 'POST';
  return `${method} /${id} HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n${body ?? ''}`;
}

function failureOf(error: unknown, isFirst: boolean): Failure {
  if (error instanceof Late) return 'late';
  // A peer says what it had read when it ended.
  const hadBegun = /: HTTP|ended after/.test(String(error));
  if (hadBegun) return 'truncated';
  return isFirst ? 'unaccepted' : 'broken';
}

async function inTime<T>(peer: RawPeer, promise: Promise<T>): Promise<T> {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    peer.socket.destroy();
  }, LATE_MS);
  try {
    return await promise;
  } catch (error) {
    throw isLate ? new Late(`no answer in ${LATE_MS} ms`) : error;
  } finally {
    clearTimeout(timer);
  }
}

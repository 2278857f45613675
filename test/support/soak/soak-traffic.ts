// Mixed traffic on a running Headgate, for as long as it is told: clients that check every answer,
// tunnels that stay open, and peers that only hold connections.

import { setTimeout as delay } from 'node:timers/promises';
import { FuzzClient, type Setting } from '../fuzz/fuzz-client.ts';
import { randomRequests } from '../fuzz/fuzz-relay.ts';
import type { Ledger } from '../fuzz/scripted-upstream.ts';
import { connectPeer } from '../raw-peer.ts';
import { type Random, seededRandom } from '../seeded-random.ts';

/** Between two rounds of one client, so that a small machine is busy and not flooded. */
const PAUSE_MS = 20;
/** Beyond what the proxy gives a head to arrive. */
const HOLD_MS_MAX = 20_000;
const PING = '0123456789'.repeat(20);

export interface Traffic {
  readonly ledger: Ledger;
  readonly setting: Setting;
  readonly isOver: () => boolean;
}

/** All clients at once; resolves when the last has ended. */
export async function soakTraffic(traffic: Traffic, random: Random): Promise<void> {
  const own = () => seededRandom(random.below(2 ** 31));
  await Promise.all([
    ...Array.from({ length: 12 }, () => checkAnswers(traffic, own())),
    ...Array.from({ length: 12 }, () => keepTunnel(traffic)),
    ...Array.from({ length: 8 }, () => readSlowly(traffic, own())),
    ...Array.from({ length: 8 }, () => holdConnections(traffic, own())),
  ]);
}

/** Any manner of client: also those that leave, reset, and end their side. */
async function checkAnswers({ ledger, setting, isOver }: Traffic, random: Random): Promise<void> {
  while (!isOver()) {
    await new FuzzClient(random, randomRequests(random, ledger), setting).run();
    await delay(PAUSE_MS);
  }
}

/** One tunnel after another; none may break, whatever becomes of its endpoint's listing. */
async function keepTunnel(traffic: Traffic): Promise<void> {
  while (!traffic.isOver()) {
    await using client = await connectPeer(traffic.setting.port);
    client.write(upgradeRequest(traffic));
    const head = await client.readTo('\r\n\r\n').catch(() => '');
    // No endpoint was left to answer.
    if (!head.startsWith('HTTP/1.1 101 ')) {
      await delay(PAUSE_MS);
      continue;
    }
    traffic.ledger.findings.count('a long tunnel');
    while (!traffic.isOver()) {
      client.write(PING);
      const echo = await client.read(PING.length).catch(String);
      if (echo !== PING) traffic.ledger.findings.report(`a tunnel broke: ${echo}`);
      await delay(200);
    }
    client.socket.end();
    await client.ended();
  }
}

function upgradeRequest({ ledger }: Traffic): string {
  const id = ledger.requests.lastId + 1;
  ledger.requests.add({
    id,
    method: 'GET',
    fate: 'forwarded',
    bytes: '',
    content: '',
    isUpgrade: true,
    isHttp10: false,
    asksForEnd: true,
    answer: 'length',
    answerSize: 0,
  });
  const fields = `Host: a.example\r\nX-Id: ${id}\r\nConnection: upgrade\r\nUpgrade: echo\r\n`;
  return `GET /r${id} HTTP/1.1\r\n${fields}\r\n`;
}

/** Asks, takes nothing for a while, and then either everything or its leave. */
async function readSlowly({ ledger, setting, isOver }: Traffic, random: Random): Promise<void> {
  while (!isOver()) {
    await using client = await connectPeer(setting.port);
    client.socket.pause();
    client.socket.end(
      randomRequests(random, ledger)
        .map(({ bytes }) => bytes)
        .join(''),
      'latin1',
    );
    await delay(random.below(3_000));
    ledger.findings.count('a slow reader');
    if (random.below(2) === 0) continue;
    client.socket.resume();
    await client.ended();
  }
}

/** Half a head, a long wait, and an end of one kind or the other. */
async function holdConnections(
  { ledger, setting, isOver }: Traffic,
  random: Random,
): Promise<void> {
  while (!isOver()) {
    await using client = await connectPeer(setting.port);
    client.write(random.pick(['', 'GET / HT', 'POST / HTTP/1.1\r\nHost: a.example\r\n', '\r\n']));
    for (let ms = random.below(HOLD_MS_MAX); ms > 0 && !isOver(); ms -= 500) await delay(500);
    ledger.findings.count('a held connection');
    if (random.below(2) === 0) client.socket.resetAndDestroy();
  }
}

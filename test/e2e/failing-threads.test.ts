// Threads of the real program that hang, throw or stand still. What is wrong with them is told to
// them by the inspector of Node, so that the program holds nothing for the test.

import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { Headgate, type LogEntry } from '../support/headgate.ts';
import { Inspected } from '../support/inspected.ts';
import { connectPeer, type RawPeer } from '../support/raw-peer.ts';
import { sendRequest } from '../support/send-request.ts';
import { ingressManifest } from '../support/shop-manifests.ts';

const HOST = 'any.example';
const CONNECTIONS = 24;
/** Longer than any silence that the watchdog lets pass. */
const STALL_MS = 12_000;
const DEADLINE_MS = 40_000;
const LONG = { timeout: 90_000 };
const WAIT = { timeout: DEADLINE_MS, interval: 20 };

async function ask(peer: RawPeer): Promise<string> {
  peer.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
  return (await peer.readMessage()).head.slice(0, 'HTTP/1.1 404'.length);
}

/** Answered connections: with two workers, some of each, but for one run in eight million. */
async function connectPeers(headgate: Headgate): Promise<RawPeer[]> {
  const peers = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => connectPeer(headgate.httpPort)),
  );
  expect(new Set(await Promise.all(peers.map(ask)))).toEqual(new Set(['HTTP/1.1 404']));
  return peers;
}

async function expectServing({ httpPort }: Headgate): Promise<void> {
  for (let count = 0; count < 10; count += 1) {
    expect((await sendRequest({ port: httpPort, host: HOST })).status).toBe(404);
  }
}

function restarts(headgate: Headgate): LogEntry[] {
  return headgate.log.filter(({ msg }) => msg === 'worker ended, starting it again');
}

async function metric(headgate: Headgate, series: string): Promise<string | undefined> {
  const page = await (await headgate.admin('/metrics')).text();
  return page
    .split('\n')
    .find((line) => line.startsWith(series))
    ?.slice(series.length + 1);
}

describe.concurrent('a worker', LONG, () => {
  it('that hangs in a loop is replaced, and the other one answers all the while', async () => {
    await using headgate = await Headgate.start({ isInspected: true });
    using inspected = await Inspected.attach(headgate);
    const peers = await connectPeers(headgate);
    inspected.inThread('proxy-0', 'for (;;) {}');
    // Those of the worker that hangs are closed with it, once it does.
    let answered = CONNECTIONS;
    for (let round = 0; answered === CONNECTIONS && round < 1_000; round += 1) {
      const answers = await Promise.allSettled(peers.map(ask));
      answered = answers.filter(({ status }) => status === 'fulfilled').length;
    }
    expect(answered).toBeGreaterThan(0);
    expect(answered).toBeLessThan(CONNECTIONS);
    expect(await headgate.logged('worker hangs, replacing it', DEADLINE_MS)).toMatchObject({
      worker: 0,
    });
    await headgate.logged('worker ended, starting it again', DEADLINE_MS);
    await vi.waitFor(async () => {
      expect(await metric(headgate, 'headgate_snapshot_generation{worker="0"}')).toBe('1');
    }, WAIT);
    await expectServing(headgate);
    const series = 'headgate_worker_restarts_total{worker="0",reason="hung"}';
    expect(await metric(headgate, series)).toBe('1');
    expect(restarts(headgate)).toMatchObject([{ worker: 0, reason: 'hung' }]);
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  });

  it('that does not adopt what is published is told of', async () => {
    await using headgate = await Headgate.start({ isInspected: true });
    using inspected = await Inspected.attach(headgate);
    const deafen = `require('node:worker_threads').parentPort.removeAllListeners('message')`;
    inspected.inThread('proxy-1', deafen);
    await headgate.write('ingress.yaml', ingressManifest({ host: 'shop.example', service: 'web' }));
    const line = await headgate.logged('worker serves an old generation', DEADLINE_MS);
    expect(line).toMatchObject({ level: 'warn', worker: 1 });
    expect(await metric(headgate, 'headgate_worker_generation_lag{worker="0"}')).toBe('0');
    expect(await metric(headgate, 'headgate_worker_generation_lag{worker="1"}')).toBe('1');
    const end = await headgate.logged('worker ended, starting it again', DEADLINE_MS);
    expect(end).toMatchObject({ worker: 1, reason: 'behind' });
    await vi.waitFor(async () => {
      expect(await metric(headgate, 'headgate_snapshot_generation{worker="1"}')).toBe('2');
    }, WAIT);
  });

  it('that leaves a rejection unhandled ends alone', async () => {
    await using headgate = await Headgate.start({ isInspected: true });
    using inspected = await Inspected.attach(headgate);
    const peers = await connectPeers(headgate);
    inspected.inThread('proxy-1', `setImmediate(() => { Promise.reject(new Error('told to')) })`);
    expect(await headgate.logged('worker failed', DEADLINE_MS)).toMatchObject({ worker: 1 });
    const line = await headgate.logged('worker ended, starting it again', DEADLINE_MS);
    expect(line).toMatchObject({ worker: 1, reason: 'failed' });
    const answered = await Promise.allSettled(peers.map(ask));
    expect(answered.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
    await vi.waitFor(async () => {
      expect(await metric(headgate, 'headgate_snapshot_generation{worker="1"}')).toBe('1');
    }, WAIT);
    await expectServing(headgate);
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  });

  it('that runs out of heap is replaced, and the other one answers all the while', async () => {
    const args = ['--max-memory', '128Mi'];
    await using headgate = await Headgate.start({ args, isInspected: true });
    using inspected = await Inspected.attach(headgate);
    const peers = await connectPeers(headgate);
    const fill = `const kept = []; for (;;) kept.push({ text: 'x' + kept.length });`;
    inspected.inThread('proxy-0', `setImmediate(() => { ${fill} })`);
    await headgate.logged('worker is out of memory', DEADLINE_MS);
    const answers = await Promise.allSettled(peers.map(ask));
    const answered = answers.filter(({ status }) => status === 'fulfilled').length;
    expect(answered).toBeGreaterThan(0);
    expect(answered).toBeLessThan(CONNECTIONS);
    const line = await headgate.logged('worker ended, starting it again', DEADLINE_MS);
    expect(line).toMatchObject({ worker: 0, reason: 'memory' });
    await vi.waitFor(async () => {
      expect(await metric(headgate, 'headgate_snapshot_generation{worker="0"}')).toBe('1');
    }, WAIT);
    await expectServing(headgate);
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  });
});

describe.concurrent('the main thread', LONG, () => {
  it('may stand still: workers serve on, and none is replaced for it', async () => {
    await using headgate = await Headgate.start({ isInspected: true });
    using inspected = await Inspected.attach(headgate);
    const peers = await connectPeers(headgate);
    let isScraped = false;
    const words = 'new Int32Array(new SharedArrayBuffer(4))';
    inspected.inMain(`Atomics.wait(${words}, 0, 0, ${STALL_MS})`);
    const scraped = headgate.admin('/metrics').then(() => {
      isScraped = true;
    });
    let count = 0;
    for (; !isScraped; count += 1) {
      expect(await Promise.all(peers.map(ask))).toEqual(peers.map(() => 'HTTP/1.1 404'));
      await expectServing(headgate);
    }
    await scraped;
    expect(count).toBeGreaterThan(10);
    await vi.waitFor(async () => {
      const looks = await metric(headgate, 'headgate_main_loop_delay_seconds_count');
      expect(Number(looks)).toBeGreaterThan(100);
    }, WAIT);
    expect(restarts(headgate)).toEqual([]);
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  });

  it('that fails ends the process with a line that says why', async () => {
    await using headgate = await Headgate.start({ isInspected: true });
    // A process that ends waits for its inspector to leave.
    {
      using inspected = await Inspected.attach(headgate);
      inspected.inMain(`setImmediate(() => { throw new Error('told to') })`);
    }
    expect(await headgate.exited()).toBe(1);
    const last = headgate.log.findLast(({ level }) => level !== 'raw');
    expect(last).toMatchObject({ level: 'error', msg: 'internal failure, ending' });
    expect(JSON.stringify(last)).toContain('told to');
  });
});

describe.concurrent('a process', LONG, () => {
  it('that was stopped for a while replaces no worker when it goes on', async () => {
    await using headgate = await Headgate.start();
    headgate.signal('SIGSTOP');
    await delay(STALL_MS);
    headgate.signal('SIGCONT');
    await vi.waitFor(async () => {
      const looks = await metric(headgate, 'headgate_main_loop_delay_seconds_count');
      expect(Number(looks)).toBeGreaterThan(150);
    }, WAIT);
    await expectServing(headgate);
    expect(restarts(headgate)).toEqual([]);
  });
});

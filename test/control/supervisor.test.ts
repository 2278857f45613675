import { connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { limits } from '#base/limits.ts';
import { finish } from '#base/sliced.ts';
import { compileUpstream } from '#compile/compile-endpoints.ts';
import { NO_CHANGE } from '#control/change.ts';
import { ListenError } from '#control/listen-error.ts';
import { Publisher } from '#control/publisher.ts';
import { Supervisor } from '#control/supervisor.ts';
import type { WorkerSlot } from '#control/worker-slot.ts';
import { PLAIN_HTTP1 } from '#plan/endpoint-plan.ts';
import { ControlBlock } from '#protocol/control-block.ts';
import type { ProxyAddress } from '#protocol/messages.ts';
import { Arena } from '#snapshot/arena.ts';
import { KeptLog } from '../support/kept-log.ts';
import { WORKER_SETTINGS } from '../support/proxy-fixture.ts';
import { connectPeer, type RawPeer } from '../support/raw-peer.ts';
import { sendRequest } from '../support/send-request.ts';

const WAIT = { timeout: 10_000, interval: 5 };
const LOOPBACK = { host: '127.0.0.1', port: 0, tls: false };
/** Workers there may be, those too that still leave. */
const CAPACITY = 4;
const DRAIN_MS = 10_000;

/** A supervisor over an empty snapshot: every request is answered with 404. */
class Supervised implements AsyncDisposable {
  readonly log = new KeptLog();
  readonly control: ControlBlock;
  readonly publisher: Publisher;
  readonly supervisor: Supervisor;
  passedCount = 0;
  addresses: readonly ProxyAddress[] = [];

  constructor(workers: number, listen: readonly ProxyAddress[]) {
    const arena = new Arena();
    this.control = ControlBlock.create(CAPACITY);
    this.publisher = new Publisher({ arena, control: this.control, seed: 7 });
    finish(this.publisher.publish(NO_CHANGE));
    this.supervisor = new Supervisor({
      listen,
      sharePorts: false,
      settings: WORKER_SETTINGS,
      workers,
      maxMemory: null,
      arena: arena.buffer,
      control: this.control,
      currentGeneration: () => this.publisher.generation,
      onPassed: () => {
        this.passedCount += 1;
      },
      onUnending: () => undefined,
      log: this.log,
    });
  }

  async start(): Promise<this> {
    this.addresses = await this.supervisor.start();
    return this;
  }

  get port(): number {
    return this.addresses[0]?.port ?? 0;
  }

  get status(): Promise<number> {
    return sendRequest({ port: this.port, host: 'any.example' }).then(({ status }) => status);
  }

  /** A connection that this worker has taken: the kernel chooses, so it takes some tries. */
  async connectTo(slot: WorkerSlot): Promise<RawPeer> {
    for (let attempt = 0; attempt < 64; attempt += 1) {
      const before = slot.counters.read('downstreamConnections');
      const peer = await connectPeer(this.port);
      await ask(peer);
      if (slot.counters.read('downstreamConnections') > before) return peer;
      await peer[Symbol.asyncDispose]();
    }
    throw new Error('no connection met the worker');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.supervisor.drain(0);
  }
}

/** The head of the answer. */
async function ask(peer: RawPeer): Promise<string> {
  peer.write('GET / HTTP/1.1\r\nHost: any.example\r\n\r\n');
  return (await peer.readMessage()).head;
}

function supervise(workers: number, listen = [LOOPBACK]): Supervised {
  return new Supervised(workers, listen);
}

it('starts every worker on one port, and is ready when all serve', async () => {
  await using supervised = supervise(2);
  expect(supervised.supervisor.unreadyReason()).toMatch(/^waiting/);
  await supervised.start();
  expect(supervised.supervisor.unreadyReason()).toBeNull();
  expect(supervised.port).toBeGreaterThan(0);
  expect(supervised.supervisor.slots.map(({ isListening }) => isListening)).toEqual([true, true]);
  expect(await supervised.status).toBe(404);
});

it('tells every worker of a generation, and learns that they passed the one before', async () => {
  await using supervised = await supervise(2).start();
  expect([0, 1].map((worker) => supervised.control.seen(worker))).toEqual([1, 1]);
  const bytes = compileUpstream({
    name: 'shop/web:80',
    endpoints: [],
    externalName: null,
    transport: PLAIN_HTTP1,
  });
  const upstreams = new Map([['shop/web:80', bytes]]);
  finish(supervised.publisher.publish({ ...NO_CHANGE, upstreams }));
  supervised.supervisor.announcePublished();
  await vi.waitFor(() => expect(supervised.passedCount).toBe(2), WAIT);
  expect([0, 1].map((worker) => supervised.control.seen(worker))).toEqual([2, 2]);
});

it('starts a dead worker again at once, while the others serve on', async () => {
  await using supervised = await supervise(2).start();
  const [first, second] = supervised.supervisor.slots;
  await first?.terminate();
  expect([first?.isListening, second?.isListening]).toEqual([false, true]);
  expect(supervised.control.seen(0)).toBeNull();
  expect(supervised.supervisor.unreadyReason()).toBeNull();
  for (let count = 0; count < 5; count += 1) expect(await supervised.status).toBe(404);
  await vi.waitFor(() => expect(first?.isListening).toBe(true), WAIT);
  expect(supervised.control.seen(0)).toBe(1);
  expect(first?.restarts).toEqual({ failed: 1, hung: 0, behind: 0, memory: 0 });
  const line = supervised.log.lines.find(({ level }) => level === 'warn');
  expect(line).toMatchObject({ message: 'worker ended, starting it again', fields: { worker: 0 } });
  expect(line?.fields.delayMs).toBeLessThanOrEqual(limits.workerRestartBaseMs);
});

it('connections to the other workers never notice that one dies, and its successor serves', async () => {
  await using supervised = await supervise(2).start();
  const [victim, survivor] = supervised.supervisor.slots as [WorkerSlot, WorkerSlot];
  await using peer = await supervised.connectTo(survivor);
  await victim.terminate();
  let count = 0;
  while (!victim.isListening) {
    expect(await ask(peer)).toMatch(/^HTTP\/1\.1 404 /);
    count += 1;
  }
  expect(count).toBeGreaterThan(0);
  await using successor = await supervised.connectTo(victim);
  expect(await ask(successor)).toMatch(/^HTTP\/1\.1 404 /);
});

it('knows of a thread that was ended and runs on, until it does end', async () => {
  await using supervised = await supervise(1).start();
  const [slot] = supervised.supervisor.slots as [WorkerSlot];
  const ending = slot.terminate('hung');
  expect(slot.isEnding).toBe(true);
  await ending;
  expect(slot.isEnding).toBe(false);
  await vi.waitFor(() => expect(slot.isListening).toBe(true), WAIT);
  expect([slot.isEnding, slot.restarts.hung]).toEqual([false, 1]);
});

it('serves again on the same port after its only worker died', async () => {
  await using supervised = await supervise(1).start();
  const [slot] = supervised.supervisor.slots;
  await slot?.terminate();
  expect(supervised.supervisor.unreadyReason()).toBe('no worker is alive');
  await vi.waitFor(() => expect(slot?.isListening).toBe(true), WAIT);
  expect(await supervised.status).toBe(404);
});

it('counts the connections of a dead worker as closed', async () => {
  await using supervised = await supervise(1).start();
  const [slot] = supervised.supervisor.slots;
  const client = connect(supervised.port, '127.0.0.1').on('error', () => undefined);
  const opened = (): number => slot?.counters.read('downstreamConnections') ?? 0;
  await vi.waitFor(() => expect(opened()).toBe(1), WAIT);
  await slot?.terminate();
  expect(slot?.counters.read('downstreamConnectionsClosed')).toBe(1);
  client.destroy();
});

it('refuses to share a port with somebody else', async () => {
  await using first = await supervise(1).start();
  await using second = supervise(1, [{ ...LOOPBACK, port: first.port }]);
  await expect(second.start()).rejects.toThrow(ListenError);
});

it('drains: workers end by themselves, and their index is exempt', async () => {
  await using supervised = await supervise(2).start();
  expect(await supervised.supervisor.drain(10_000)).toBe(0);
  expect(supervised.supervisor.unreadyReason()).toBe('draining');
  expect([0, 1].map((worker) => supervised.control.seen(worker))).toEqual([null, null]);
  await expect(supervised.status).rejects.toThrow('ECONNREFUSED');
});

it('drains before it has started, and then starts nothing', async () => {
  await using supervised = supervise(2);
  expect(await supervised.supervisor.drain(10_000)).toBe(0);
  await supervised.start();
  expect(supervised.addresses).toEqual([]);
});

describe('another number of workers', () => {
  function running({ supervisor }: Supervised): boolean[] {
    return supervisor.slots.map(({ isListening }) => isListening);
  }

  it('starts more of them on the same port, while the others serve on', async () => {
    await using supervised = await supervise(1).start();
    const shareBefore = supervised.control.connectionsMax;
    const [first] = supervised.supervisor.slots as [WorkerSlot];
    await using peer = await supervised.connectTo(first);
    expect(await supervised.supervisor.resize(3, DRAIN_MS)).toBe('resized');
    expect(running(supervised)).toEqual([true, true, true]);
    expect(await ask(peer)).toMatch(/^HTTP\/1\.1 404 /);
    for (const slot of supervised.supervisor.slots) {
      await using served = await supervised.connectTo(slot);
      expect(await ask(served)).toMatch(/^HTTP\/1\.1 404 /);
    }
    expect(supervised.control.connectionsMax).toBeLessThanOrEqual(shareBefore);
    expect(supervised.supervisor.workerCount).toBe(3);
  });

  it('lets the last ones leave, and keeps what they have counted', async () => {
    await using supervised = await supervise(3).start();
    const [first, , last] = supervised.supervisor.slots as [WorkerSlot, WorkerSlot, WorkerSlot];
    await using staying = await supervised.connectTo(first);
    await using leaving = await supervised.connectTo(last);
    const counted = last.counters.read('downstreamConnections');
    expect(await supervised.supervisor.resize(1, DRAIN_MS)).toBe('resized');
    // What comes before it knows is answered as ever; the next answer is the last one.
    let answer = '';
    while (!/\r\nConnection: close/i.test(answer)) answer = await ask(leaving);
    await leaving.ended();
    await vi.waitFor(() => expect(running(supervised)).toEqual([true, false, false]), WAIT);
    expect(leaving.wasReset).toBe(false);
    expect(await ask(staying)).toMatch(/^HTTP\/1\.1 404 /);
    expect(last.counters.read('downstreamConnections')).toBe(counted);
    expect([0, 1, 2].map((worker) => supervised.control.seen(worker))).toEqual([1, null, null]);
    expect(last.restarts.failed).toBe(0);
    expect(supervised.supervisor.unreadyReason()).toBeNull();
  });

  it('cuts those that are not done when their time is over', async () => {
    await using supervised = await supervise(2).start();
    const [, last] = supervised.supervisor.slots as [WorkerSlot, WorkerSlot];
    await using leaving = await supervised.connectTo(last);
    leaving.write('GET / HTTP/1.1\r\n');
    expect(await supervised.supervisor.resize(1, 0)).toBe('resized');
    await leaving.ended();
    await vi.waitFor(() => expect(running(supervised)).toEqual([true, false]), WAIT);
  });

  it('takes the numbers of those that have left, and fresh ones while some still leave', async () => {
    await using supervised = await supervise(2).start();
    const [, last] = supervised.supervisor.slots as [WorkerSlot, WorkerSlot];
    await supervised.supervisor.resize(1, DRAIN_MS);
    await vi.waitFor(() => expect(running(supervised)).toEqual([true, false]), WAIT);
    await supervised.supervisor.resize(2, DRAIN_MS);
    expect(running(supervised)).toEqual([true, true]);
    await using held = await supervised.connectTo(last);
    held.write('GET / HTTP/1.1\r\n');
    await supervised.supervisor.resize(1, DRAIN_MS);
    expect(supervised.supervisor.pickForTrial()).toBeNull();
    await supervised.supervisor.resize(3, DRAIN_MS);
    expect(supervised.supervisor.pickForTrial()).toBe(0);
    expect(supervised.supervisor.slots.map(({ isDraining }) => isDraining)).toEqual([
      false,
      true,
      false,
      false,
    ]);
    expect(await supervised.supervisor.resize(4, DRAIN_MS)).toBe('full');
    expect(supervised.supervisor.workerCount).toBe(3);
  });

  it('is refused while workers of the change before begin, and before and after all', async () => {
    await using supervised = supervise(1);
    expect(await supervised.supervisor.resize(2, DRAIN_MS)).toBe('notServing');
    await supervised.start();
    const growing = supervised.supervisor.resize(2, DRAIN_MS);
    expect(await supervised.supervisor.resize(3, DRAIN_MS)).toBe('busy');
    expect(await growing).toBe('resized');
    await supervised.supervisor.drain(DRAIN_MS);
    expect(await supervised.supervisor.resize(2, DRAIN_MS)).toBe('notServing');
  });
});

// The question: how long is a killed worker away, and does anybody on the other worker notice? Two
// workers over an empty snapshot, which answers 404; one is killed, clients of the other go on.

import { parseArgs } from 'node:util';
import { createLog } from '#base/log.ts';
import { finish } from '#base/sliced.ts';
import { NO_CHANGE } from '#control/change.ts';
import { Publisher } from '#control/publisher.ts';
import { Supervisor } from '#control/supervisor.ts';
import type { WorkerSlot } from '#control/worker-slot.ts';
import { ControlBlock } from '#protocol/control-block.ts';
import { Arena } from '#snapshot/arena.ts';
import { ProbeConnection } from '../lib/probe-connection.ts';
import { type Report, runQuestion } from '../lib/question.ts';
import { quantile, spread } from '../lib/statistics.ts';

const SURVIVOR_PROBES = 4;
/** The kernel chooses a worker by a hash of the ports, so about half of the tries meet each. */
const CONNECT_ATTEMPTS_MAX = 64;
const HOST = 'any.bench.test';
const EXPECTED = /^404 /;

interface Kill {
  /** From the call that kills the thread until its successor has answered a request. */
  readonly awayMs: number;
  /** Of each request that the other worker answered meanwhile. */
  readonly survivorMs: readonly number[];
  readonly failures: number;
}

const { values } = parseArgs({ options: { kills: { type: 'string', default: '20' } } });

/** Each kill meets workers of its own: a worker that dies again and again is made to wait. */
async function measureKill(): Promise<Kill> {
  const arena = new Arena();
  const control = ControlBlock.create(2);
  const publisher = new Publisher({ arena, control, seed: 1 });
  finish(publisher.publish(NO_CHANGE));
  const supervisor = new Supervisor({
    listen: [{ host: '127.0.0.1', port: 0, tls: false }],
    sharePorts: false,
    settings: {
      trustedProxies: [],
      proxyProtocol: false,
      accessLog: null,
      h2c: false,
      tlsMinVersion: '1.2',
      responseTimeoutSeconds: 60,
      streamIdleSeconds: 300,
      via: null,
    },
    workers: 2,
    maxMemory: null,
    arena: arena.buffer,
    control,
    currentGeneration: () => publisher.generation,
    onPassed: () => undefined,
    onUnending: () => undefined,
    log: createLog('error'),
  });
  const [{ port } = { port: 0 }] = await supervisor.start();
  const [victim, survivor] = supervisor.slots;
  if (victim === undefined || survivor === undefined) throw new Error('two workers have started');
  const probes: ProbeConnection[] = [];
  while (probes.length < SURVIVOR_PROBES) probes.push(await connectTo(survivor, port));
  const survivors = new Survivors(probes);
  const killedAt = performance.now();
  await victim.terminate();
  while (!victim.isListening) await survivors.askAll();
  (await connectTo(victim, port)).close();
  const awayMs = performance.now() - killedAt;
  for (const probe of probes) probe.close();
  await supervisor.drain(0);
  return { awayMs, survivorMs: survivors.answersMs, failures: survivors.failures };
}

/** A connection that this worker has taken, and on which it has answered. */
async function connectTo(slot: WorkerSlot, port: number): Promise<ProbeConnection> {
  for (let attempt = 0; attempt < CONNECT_ATTEMPTS_MAX; attempt += 1) {
    const before = slot.counters.read('downstreamConnections');
    const probe = await ProbeConnection.open(port);
    const answer = await probe.ask(HOST);
    if (slot.counters.read('downstreamConnections') > before && EXPECTED.test(answer)) return probe;
    probe.close();
  }
  throw new Error(`no connection met the worker in ${CONNECT_ATTEMPTS_MAX} attempts`);
}

class Survivors {
  readonly answersMs: number[] = [];
  failures = 0;
  readonly #probes: readonly ProbeConnection[];

  constructor(probes: readonly ProbeConnection[]) {
    this.#probes = probes;
  }

  async askAll(): Promise<void> {
    await Promise.all(this.#probes.map((probe) => this.#ask(probe)));
  }

  async #ask(probe: ProbeConnection): Promise<void> {
    const askedAt = performance.now();
    const answer = await probe.ask(HOST).catch(String);
    if (EXPECTED.test(answer)) this.answersMs.push(performance.now() - askedAt);
    else this.failures += 1;
  }
}

async function ask(): Promise<Report> {
  const kills: Kill[] = [];
  for (let count = 0; count < Number(values.kills); count += 1) kills.push(await measureKill());
  const away = spread(kills.map(({ awayMs }) => awayMs));
  const survivorMs = kills.flatMap((kill) => kill.survivorMs);
  const failures = kills.reduce((sum, kill) => sum + kill.failures, 0);
  const [p50Ms, p99Ms] = [0.5, 0.99].map((fraction) => quantile(survivorMs, fraction));
  const rows = [
    ['kills', 'away, median ms', 'min ms', 'max ms', 'answered meanwhile', 'p50 ms', 'p99 ms'],
    [
      String(kills.length),
      ...[away.median, away.min, away.max].map((ms) => ms.toFixed(0)),
      String(survivorMs.length),
      ...[p50Ms, p99Ms].map((ms) => ms?.toFixed(2) ?? ''),
    ],
  ];
  const answer = {
    text: 'a worker is killed: failed requests on the other one',
    ...{ value: spread([failures]), digits: 0, goal: 0 },
  };
  const setting = 'two workers, of which one is killed; clients of the other one go on asking';
  const tables = [{ title: '', rows }];
  return { setting, tables, answers: [answer], results: { away, failures } };
}

await runQuestion('worker-restart', ask);

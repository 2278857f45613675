// The command `run`: wires source, store, controller, publisher, supervisor and admin server, and
// leads the process from its start to its end. What each of them does is its own matter.

import { randomBytes, randomInt } from 'node:crypto';
import { limits } from '#base/limits.ts';
import type { Log } from '#base/log.ts';
import { adminActions } from '#control/admin-actions.ts';
import { adminPages } from '#control/admin-pages.ts';
import { AdminServer } from '#control/admin-server.ts';
import type { ClusterWriter } from '#control/cluster-writer.ts';
import { CompilePool } from '#control/compile-pool.ts';
import { Controller, type Trials } from '#control/controller.ts';
import { ExternalNames } from '#control/external-names.ts';
import { ListenError } from '#control/listen-error.ts';
import { LoopDelay } from '#control/loop-delay.ts';
import { checkMigrateRequests } from '#control/migrate-requests.ts';
import { Publisher } from '#control/publisher.ts';
import { selfSigning } from '#control/self-signing.ts';
import { Supervisor } from '#control/supervisor.ts';
import { takeOverPort } from '#control/take-over-port.ts';
import type { ApiClient } from '#kubernetes/api-client.ts';
import { ApiConfigError } from '#kubernetes/api-credentials.ts';
import { Store } from '#kubernetes/store.ts';
import { ControlBlock } from '#protocol/control-block.ts';
import type { ListenAddress, ProxyAddress } from '#protocol/messages.ts';
import { Arena } from '#snapshot/arena.ts';
import { TICKET_SECRET_BYTES } from '#snapshot/layout.ts';
import type { TlsOptions } from '#translate/translate-input.ts';
import type { Config } from '../config.ts';
import { clusterWriter } from './cluster-writing.ts';
import { delayDrain } from './delay-drain.ts';
import {
  clusterWatches,
  connectCluster,
  followSecrets,
  type ObjectSource,
  objectSource,
} from './object-source.ts';
import { type StopSignal, StopSignals } from './stop-signals.ts';
import { translateOptions } from './translate-options.ts';

const SEED_BOUND = 2 ** 32;
const MS_PER_SECOND = 1_000;
const PERCENT = 100;

/** Resolves with the exit code once everything has ended. */
export async function run(config: Config, log: Log): Promise<number> {
  endOnInternalFailure(log);
  const signals = new StopSignals(log);
  const stopped = signals.next();
  try {
    const client = await connectCluster(config);
    const parts = assemble(config, client, log);
    await serveUntil(stopped, parts, { config, signals, log });
    return 0;
  } catch (error) {
    if (!(error instanceof ListenError || error instanceof ApiConfigError)) throw error;
    log.error(error.message);
    return 1;
  }
}

interface Leaving {
  readonly config: Config;
  readonly signals: StopSignals;
  readonly log: Log;
}

async function serveUntil(
  stopped: Promise<StopSignal>,
  parts: Parts,
  leaving: Leaving,
): Promise<void> {
  try {
    await Promise.race([start(parts, leaving.config, leaving.log), stopped]);
    await leave(parts, await stopped, leaving);
  } finally {
    await end(parts);
  }
}

async function leave(parts: Parts, signal: StopSignal, leaving: Leaving): Promise<void> {
  const { config, log } = leaving;
  const wasReady = parts.supervisor.unreadyReason() === null;
  parts.supervisor.announceDrain();
  if (config.sharePorts) leaveAdminPort(parts);
  // The addresses go while requests are still answered, and the next leader need not wait.
  const written = parts.writer?.close();
  // Who was not ready is sent nobody who would have to be sent elsewhere.
  const isDelayed = wasReady && config.drainDelay > 0;
  const reason = isDelayed ? await serveOn(parts, signal, leaving) : signal;
  log.info('draining', { reason, drainSeconds: config.drainSeconds });
  const drainMs = config.drainSeconds * MS_PER_SECOND;
  const [cut] = await Promise.all([parts.supervisor.drain(drainMs), written]);
  if (cut > 0) log.warn('drain time is over, workers were cut off', { workers: cut });
  log.info('stopped');
}

/** Resolves with why no longer. */
function serveOn(
  { adminServer }: Parts,
  signal: StopSignal,
  { config, signals, log }: Leaving,
): Promise<string> {
  const { adminBind: host, adminPort: port, drainDelay } = config;
  const address = adminServer.address ?? { host, port };
  const place = { adminBind: address.host, adminPort: address.port, adminSocket: null };
  log.info('serving on before the drain', { signal, drainDelay });
  const successor = config.sharePorts ? place : null;
  return delayDrain({ delayMs: drainDelay * MS_PER_SECOND, successor, signals });
}

interface Parts {
  /** Null where manifests are served. */
  readonly client: ApiClient | null;
  readonly source: ObjectSource;
  readonly externalNames: ExternalNames;
  /** Null where nothing is written to a cluster. */
  readonly writer: ClusterWriter | null;
  readonly pool: CompilePool;
  readonly controller: Controller;
  readonly supervisor: Supervisor;
  readonly adminServer: AdminServer;
  /** Aborted when this process takes over nothing any more. */
  readonly takeOver: AbortController;
}

function assemble(config: Config, client: ApiClient | null, log: Log): Parts {
  const seed = randomInt(SEED_BOUND);
  const arena = new Arena();
  const control = ControlBlock.create(limits.workersMax);
  const publisher = new Publisher({ arena, control, seed });
  const store = new Store();
  const translating = { ...translateOptions(config), ...tlsStandIns(config) };
  const pool = new CompilePool();
  const onChange = (): void => controller.changed();
  const source = objectSource({ config, client, store, onChange, log });
  const externalNames = new ExternalNames({
    servers: [],
    endpointOptions: translating,
    onChange: () => controller.changed(),
  });
  const controller: Controller = new Controller({
    store,
    translateOptions: translating,
    externalNames,
    compile: { hosts: (hosts) => pool.compile(hosts, seed), seed },
    publisher,
    trials: trials(config, () => supervisor),
    sourceProblems: () => source.problems,
    followSecrets: (names) => followSecrets(source, names),
    onPublished: () => supervisor.announcePublished(),
    onRebuilt: () => writer?.changed(),
    log,
  });
  const writer = clusterWriter({ config, client, store, controller, log });
  const supervisor = new Supervisor({
    listen: listenAddresses(config),
    sharePorts: config.sharePorts,
    settings: config,
    workers: config.workers,
    maxMemory: config.maxMemory,
    arena: arena.buffer,
    control,
    currentGeneration: () => publisher.generation,
    onPassed: () => controller.workerPassed(),
    onUnending: (worker) => endAtOnce(worker, log),
    log,
  });
  const pages = adminPages({
    arena,
    control,
    controller,
    publisher,
    supervisor,
    loopDelay: new LoopDelay(),
    clusterWatches: () => clusterWatches(source),
  });
  const drainMs = config.drainSeconds * MS_PER_SECOND;
  const byPath = adminActions({ controller, supervisor, drainMs });
  const actions = { areAllowed: config.adminActions, byPath };
  const adminServer = new AdminServer(pages, actions, log);
  const takeOver = new AbortController();
  const sides = { client, source, externalNames, writer };
  return { ...sides, pool, controller, supervisor, adminServer, takeOver };
}

/** Null where every generation goes to all workers at once. */
function trials(config: Config, supervisor: () => Supervisor): Trials | null {
  if (config.canarySeconds === 0) return null;
  return {
    windowMs: config.canarySeconds * MS_PER_SECOND,
    shareMax: config.canaryFailures / PERCENT,
    pickWorker: () => supervisor().pickForTrial(),
    counters: () => supervisor().slots.map(({ counters }) => counters),
    deaths: (worker) => supervisor().slots[worker]?.deaths ?? 0,
  };
}

/** The ports for TLS come first: whoever is sent there finds them open. */
function listenAddresses({ bind, httpPort, httpsPort }: Config): readonly ProxyAddress[] {
  return [
    ...(httpsPort === null ? [] : bind.map((host) => ({ host, port: httpsPort, tls: true }))),
    ...bind.map((host) => ({ host, port: httpPort, tls: false })),
  ];
}

/** What TLS does with where the operator has named no Secret. */
function tlsStandIns({ httpsPort }: Config): Pick<TlsOptions, 'selfSigned' | 'ticketSecret'> {
  if (httpsPort === null) return { selfSigned: null, ticketSecret: null };
  return {
    selfSigned: selfSigning(),
    ticketSecret: randomBytes(TICKET_SECRET_BYTES).toString('hex'),
  };
}

// The admin server comes first, so that probes learn what the process waits for. The workers come
// last, when there is a whole snapshot: a request never meets routes that are still being read.
async function start(parts: Parts, config: Config, log: Log): Promise<void> {
  // Who may not serve beside another process must not take its socket either.
  if (!config.sharePorts) await openAdminPort(parts, config, log);
  if (config.adminSocket !== null) await parts.adminServer.listenOnSocket(config.adminSocket);
  const opened = config.sharePorts ? openAdminPort(parts, config, log) : null;
  if (config.sharePorts) await checkMigrateRequests(log);
  await Promise.all([opened, serve(parts, config, log)]);
}

async function openAdminPort(parts: Parts, config: Config, log: Log): Promise<void> {
  const { adminServer, takeOver } = parts;
  const address = { host: config.adminBind, port: config.adminPort };
  const open = (): Promise<ListenAddress> => adminServer.listen(address);
  const { signal } = takeOver;
  const admin = config.sharePorts ? await takeOverPort(open, { signal, log }) : await open();
  if (admin !== null) logListening(log, 'admin', admin);
}

/**
 * From its drain on, whoever asks on the port asks for the successor. Two processes never answer
 * there in turn, or the counters that a scraper reads would jump back and forth.
 */
function leaveAdminPort({ adminServer, takeOver }: Parts): void {
  takeOver.abort();
  adminServer.leavePort();
}

async function serve(parts: Parts, config: Config, log: Log): Promise<void> {
  const { source, controller, supervisor, writer } = parts;
  await source.start();
  controller.changed();
  await controller.firstPublished;
  for (const address of await supervisor.start()) {
    logListening(log, address.tls ? 'tls' : 'proxy', address);
  }
  // Whoever leads has read everything, and serves.
  writer?.start();
  if (config.canarySeconds > 0 && config.workers < 2) {
    log.warn('one worker cannot try routes before others: all generations go to it at once');
  }
  log.info('ready', { workers: config.workers });
}

function logListening(
  log: Log,
  role: 'admin' | 'proxy' | 'tls',
  { host, port }: ListenAddress,
): void {
  log.info('listening', { role, host, port });
}

async function end({ client, source, externalNames, pool, ...parts }: Parts): Promise<void> {
  source.close();
  client?.close();
  externalNames.close();
  parts.controller.close();
  parts.takeOver.abort();
  parts.adminServer.close();
  await parts.supervisor.drain(0);
  await pool.close();
}

/** An orderly exit would wait for the thread; whoever started the process starts it again. */
function endAtOnce(worker: number, log: Log): void {
  log.error('worker cannot be ended, ending the process', { worker });
  process.kill(process.pid, 'SIGKILL');
}

function endOnInternalFailure(log: Log): void {
  const fail = (error: unknown): void => {
    log.error('internal failure, ending', { error });
    process.exit(1);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
}

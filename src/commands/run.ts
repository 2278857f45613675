// The command `run`: wires source, store, controller, publisher, supervisor and admin server, and
// leads the process from its start to its end. What each of them does is its own matter.

import { randomInt } from 'node:crypto';
import type { Log } from '#base/log.ts';
import { adminPages } from '#control/admin-pages.ts';
import { AdminServer } from '#control/admin-server.ts';
import { CompilePool } from '#control/compile-pool.ts';
import { Controller } from '#control/controller.ts';
import { ExternalNames } from '#control/external-names.ts';
import { ListenError } from '#control/listen-error.ts';
import { Publisher } from '#control/publisher.ts';
import { Supervisor } from '#control/supervisor.ts';
import { ManifestsSource } from '#kubernetes/manifests-source.ts';
import { Store } from '#kubernetes/store.ts';
import { ControlBlock } from '#protocol/control-block.ts';
import type { ListenAddress } from '#protocol/messages.ts';
import { Arena } from '#snapshot/arena.ts';
import type { Config } from '../config.ts';
import { stopSignal } from './stop-signal.ts';
import { translateOptions } from './translate-options.ts';

const SEED_BOUND = 2 ** 32;
const MS_PER_SECOND = 1_000;

/** Resolves with the exit code once everything has ended. */
export async function run(config: Config, log: Log): Promise<number> {
  endOnInternalFailure(log);
  const stopped = stopSignal(log);
  const parts = assemble(config, log);
  try {
    await Promise.race([start(parts, config, log), stopped]);
    log.info('draining', { signal: await stopped, drainSeconds: config.drainSeconds });
    const cut = await parts.supervisor.drain(config.drainSeconds * MS_PER_SECOND);
    if (cut > 0) log.warn('drain time is over, workers were cut off', { workers: cut });
    log.info('stopped');
    return 0;
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    log.error(error.message);
    return 1;
  } finally {
    await end(parts);
  }
}

interface Parts {
  readonly source: ManifestsSource;
  readonly externalNames: ExternalNames;
  readonly pool: CompilePool;
  readonly controller: Controller;
  readonly supervisor: Supervisor;
  readonly adminServer: AdminServer;
}

function assemble(config: Config, log: Log): Parts {
  const seed = randomInt(SEED_BOUND);
  const arena = new Arena();
  const control = ControlBlock.create(config.workers);
  const publisher = new Publisher({ arena, control, seed });
  const store = new Store();
  const pool = new CompilePool();
  const source = new ManifestsSource({
    directories: config.manifests,
    store,
    onChange: () => controller.changed(),
    log,
  });
  const externalNames = new ExternalNames({ servers: [], onChange: () => controller.changed() });
  const controller: Controller = new Controller({
    store,
    translateOptions: translateOptions(config),
    externalNames,
    compile: (hosts) => pool.compile(hosts, seed),
    publisher,
    sourceProblems: () => source.problems,
    onPublished: () => supervisor.announcePublished(),
    log,
  });
  const supervisor = new Supervisor({
    listen: config.bind.map((host) => ({ host, port: config.httpPort })),
    trustedProxies: config.trustedProxies,
    proxyProtocol: config.proxyProtocol,
    accessLog: config.accessLog,
    arena: arena.buffer,
    control,
    currentGeneration: () => publisher.generation,
    onPassed: () => controller.workerPassed(),
    log,
  });
  const pages = adminPages({ arena, control, controller, publisher, supervisor });
  const adminServer = new AdminServer(pages, log);
  return { source, externalNames, pool, controller, supervisor, adminServer };
}

// The admin server comes first, so that probes learn what the process waits for. The workers come
// last, when there is a whole snapshot: a request never meets routes that are still being read.
async function start(parts: Parts, config: Config, log: Log): Promise<void> {
  const { source, controller, supervisor, adminServer } = parts;
  const admin = await adminServer.listen({ host: config.adminBind, port: config.adminPort });
  logListening(log, 'admin', admin);
  await source.start();
  controller.changed();
  await controller.firstPublished;
  for (const address of await supervisor.start()) logListening(log, 'proxy', address);
  log.info('ready', { workers: config.workers });
}

function logListening(log: Log, role: 'admin' | 'proxy', { host, port }: ListenAddress): void {
  log.info('listening', { role, host, port });
}

async function end({ source, externalNames, pool, ...parts }: Parts): Promise<void> {
  source.close();
  externalNames.close();
  parts.controller.close();
  parts.adminServer.close();
  await parts.supervisor.drain(0);
  await pool.close();
}

function endOnInternalFailure(log: Log): void {
  const fail = (error: unknown): void => {
    log.error('internal failure, ending', { error });
    process.exit(1);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
}

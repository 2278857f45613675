// nginx in front of many hosts, as its users run it: a master, workers, a server block for each
// host, and `nginx -s reload` after each change. What changes while that command runs is done by
// the next one.

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChangingProxy, ChangingSetting, Vitals } from './changing-proxy.ts';
import { childrenOf } from './child-processes.ts';
import { freePort } from './free-port.ts';
import { HostRoutes } from './host-routes.ts';
import { nginxHosts, nginxServerFile, nginxVersion } from './nginx.ts';
import { ProbeConnection } from './probe-connection.ts';
import { readSharedFairly } from './process-cpu.ts';
import type { ProcessList, RunningProcess } from './process-list.ts';
import { waitUntilReady } from './wait-until-ready.ts';

/** A change that takes longer has not arrived. */
const ARRIVAL_MAX_MS = 60_000;
/** So that a change rewrites a file of a sensible size. */
const HOSTS_PER_FILE = 1_000;
/** The master says so when it begins to take a new file into use. */
const RELOADED = /\d: reconfiguring$/gm;

export interface NginxSetting extends ChangingSetting {
  /** After so many seconds an old worker drops what is still open; null never. */
  readonly shutdownSeconds: number | null;
}

export class ChangingNginx implements ChangingProxy {
  readonly name: string;
  readonly port: number;
  readonly routes: HostRoutes;
  readonly #processes: ProcessList;
  readonly #directory: string;
  readonly #file: string;
  readonly #running: RunningProcess;
  #reloading: Promise<void> | null = null;
  #isStale = false;

  private constructor(setting: NginxSetting, port: number) {
    const { processes, directory, hostCount, workers, backendPorts, shutdownSeconds } = setting;
    const timeout = shutdownSeconds === null ? '' : `, worker_shutdown_timeout ${shutdownSeconds}s`;
    this.name = `nginx ${nginxVersion()}${timeout}`;
    this.port = port;
    this.routes = new HostRoutes(hostCount);
    this.#processes = processes;
    this.#directory = directory;
    this.#file = join(directory, 'nginx.conf');
    const place = { directory, port, workers, backendPorts, shutdownSeconds, hostCount };
    writeFileSync(this.#file, nginxServerFile(place));
    for (let index = 0; index < hostCount; index += HOSTS_PER_FILE) this.#write(index);
    this.#running = processes.start({ ...this.#command([]), endSignal: 'SIGTERM' });
  }

  /** Resolves when it answers for the first of its hosts. */
  static async start(setting: NginxSetting): Promise<ChangingNginx> {
    const nginx = new ChangingNginx(setting, await freePort());
    await waitUntilReady(`http://127.0.0.1:${nginx.port}/`, nginx.#running);
    return nginx;
  }

  change(index: number): void {
    this.routes.swap(index);
    this.#write(index);
    this.#isStale = true;
    this.#reloading ??= this.#reload();
  }

  async arrivalOf(index: number): Promise<number> {
    const host = this.routes.hosts[index] ?? '';
    const beganAtMs = performance.now();
    this.change(index);
    const expected = `200 ${this.routes.serviceOf(index)}`;
    while (performance.now() - beganAtMs < ARRIVAL_MAX_MS) {
      // Connections that stand are still with the workers of before.
      const probe = await ProbeConnection.open(this.port);
      const answer = await probe.ask(host).catch(String);
      probe.close();
      if (answer === expected) return performance.now() - beganAtMs;
      await delay(1);
    }
    return Number.POSITIVE_INFINITY;
  }

  async countUpdates(): Promise<number> {
    const log = readFileSync(join(this.#directory, 'error.log'), 'latin1');
    return log.match(RELOADED)?.length ?? 0;
  }

  vitals(): Vitals {
    const children = childrenOf(this.#running.pid);
    const sizes = [this.#running.pid, ...children].map(readSharedFairly);
    return {
      workers: children.length,
      memoryBytes: sizes.reduce((sum, bytes) => sum + bytes, 0),
    };
  }

  async settle(): Promise<void> {
    await this.#reloading;
  }

  async #reload(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      await this.#processes.run(this.#command(['-s', 'reload']));
    }
    this.#reloading = null;
  }

  #command(rest: readonly string[]) {
    const args = ['-c', this.#file, '-p', this.#directory, '-e', 'stderr', ...rest];
    return { program: 'nginx', args, core: null };
  }

  /** The file that `index` is in. */
  #write(index: number): void {
    const part = Math.floor(index / HOSTS_PER_FILE);
    const first = part * HOSTS_PER_FILE;
    const hosts = this.routes.hosts
      .slice(first, first + HOSTS_PER_FILE)
      .map((host, at) => ({ host, service: this.routes.serviceOf(first + at) }));
    const path = join(this.#directory, `hosts-${part}.conf`);
    // It ends with an error when a file grows or shrinks under its eyes.
    writeFileSync(`${path}.part`, nginxHosts(this.port, hosts));
    renameSync(`${path}.part`, path);
  }
}

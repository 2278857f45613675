// Headgate in front of many hosts, with a manifest for each.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChangingProxy, ChangingSetting, Vitals } from './changing-proxy.ts';
import { freePort } from './free-port.ts';
import { headgateCommand, headgateVersion } from './headgate.ts';
import { HostRoutes } from './host-routes.ts';
import { ingressManifest, serviceManifest } from './manifests.ts';
import { readResidentBytes } from './process-cpu.ts';
import type { RunningProcess } from './process-list.ts';
import { waitUntilReady } from './wait-until-ready.ts';
import { arrivalMs, openWorkerProbes } from './worker-probes.ts';

const GENERATION = /^headgate_snapshot_generation\{worker="0"\} (\d+)$/m;

export class ChangingHeadgate implements ChangingProxy {
  readonly name = `headgate ${headgateVersion()}`;
  readonly port: number;
  readonly routes: HostRoutes;
  readonly #adminPort: number;
  readonly #manifests: string;
  readonly #workers: number;
  readonly #running: RunningProcess;

  private constructor(setting: ChangingSetting, ports: readonly [number, number]) {
    const { processes, directory, hostCount, workers, backendPorts } = setting;
    [this.port, this.#adminPort] = ports;
    this.routes = new HostRoutes(hostCount);
    this.#workers = workers;
    this.#manifests = join(directory, 'manifests');
    mkdirSync(this.#manifests);
    const services = Object.entries(backendPorts).map(([name, port]) =>
      serviceManifest(name, port),
    );
    writeFileSync(join(this.#manifests, 'services.yaml'), services.join('---\n'));
    for (const index of this.routes.hosts.keys()) this.#write(index);
    this.#running = processes.start(
      headgateCommand({
        ...{ manifests: this.#manifests, httpPort: this.port, adminPort: this.#adminPort },
        ...{ workers, core: null },
      }),
    );
  }

  static async start(setting: ChangingSetting): Promise<ChangingHeadgate> {
    const headgate = new ChangingHeadgate(setting, [await freePort(), await freePort()]);
    await waitUntilReady(`http://127.0.0.1:${headgate.#adminPort}/readyz`, headgate.#running);
    return headgate;
  }

  change(index: number): void {
    this.routes.swap(index);
    this.#write(index);
  }

  async arrivalOf(index: number): Promise<number> {
    const host = this.routes.hosts[index] ?? '';
    const ports = { httpPort: this.port, adminPort: this.#adminPort };
    const probes = await openWorkerProbes(ports, host);
    const beganAtMs = performance.now();
    this.change(index);
    const expected = `200 ${this.routes.serviceOf(index)}`;
    const arrivedAtMs = await arrivalMs(probes, { host, expected });
    for (const probe of probes) probe.close();
    return arrivedAtMs - beganAtMs;
  }

  async countUpdates(): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.#adminPort}/metrics`);
    return Number(GENERATION.exec(await response.text())?.[1]);
  }

  vitals(): Vitals {
    return { workers: this.#workers, memoryBytes: readResidentBytes(this.#running.pid) };
  }

  async settle(): Promise<void> {}

  #write(index: number): void {
    const [name, host] = [`host-${index}`, this.routes.hosts[index] ?? ''];
    const service = this.routes.serviceOf(index);
    writeFileSync(join(this.#manifests, `${name}.yaml`), ingressManifest({ name, host, service }));
  }
}

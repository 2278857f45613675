// The manifests of the config-swap question: many hosts, each routed to one of two services, in one
// file per host or all in one file.

import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ingressManifest, serviceManifest } from './manifests.ts';

export type Layout = 'one file per Ingress' | 'all in one file';
export type WriteMode = 'in-place' | 'rename';

export interface SwapOptions {
  readonly directory: string;
  readonly layout: Layout;
  readonly writeMode: WriteMode;
  readonly hostCount: number;
  /** By service name; there are two. */
  readonly backendPorts: ReadonlyMap<string, number>;
}

export class SwapManifests {
  readonly hosts: readonly string[];
  readonly #options: SwapOptions;
  readonly #services: readonly string[];
  /** For each host, which of the services it is routed to. */
  readonly #choices: number[];

  constructor(options: SwapOptions) {
    this.#options = options;
    this.#services = [...options.backendPorts.keys()];
    this.#choices = Array.from({ length: options.hostCount }, () => 0);
    this.hosts = this.#choices.map((_, index) => `host-${index}.bench.test`);
    const services = [...options.backendPorts].map(([name, port]) => serviceManifest(name, port));
    this.#writeFile('services.yaml', services.join('---\n'));
    if (options.layout === 'all in one file') this.#writeIngresses();
    else for (const index of this.hosts.keys()) this.#writeIngress(index);
  }

  /** Routes the host to its other service; returns that service's name once it is written. */
  swap(index: number): string {
    this.#choices[index] = 1 - (this.#choices[index] ?? 0);
    if (this.#options.layout === 'all in one file') this.#writeIngresses();
    else this.#writeIngress(index);
    return this.#service(index);
  }

  #service(index: number): string {
    return this.#services[this.#choices[index] ?? 0] ?? '';
  }

  #ingress(index: number): string {
    const host = this.hosts[index] ?? '';
    return ingressManifest({ name: `host-${index}`, host, service: this.#service(index) });
  }

  #writeIngress(index: number): void {
    this.#writeFile(`host-${index}.yaml`, this.#ingress(index));
  }

  #writeIngresses(): void {
    const texts = this.hosts.map((_, index) => this.#ingress(index));
    this.#writeFile('ingresses.yaml', texts.join('---\n'));
  }

  #writeFile(name: string, text: string): void {
    const path = join(this.#options.directory, name);
    if (this.#options.writeMode === 'in-place') {
      writeFileSync(path, text);
      return;
    }
    // A name that no reader of manifests takes for one.
    writeFileSync(`${path}.part`, text);
    renameSync(`${path}.part`, path);
  }
}

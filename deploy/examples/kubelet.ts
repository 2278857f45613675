// What a kubelet does for a node, done for the demo: it runs the pods that the EndpointSlices name,
// each in a process of its own, and starts one again when it ends. It knows nothing of Headgate.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';

export interface Pod {
  readonly name: string;
  readonly service: string;
  readonly address: string;
  readonly port: number;
}

interface EndpointSlice {
  readonly kind: string;
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly ports: readonly { readonly port: number }[];
  readonly endpoints: readonly {
    readonly addresses: readonly [string];
    readonly targetRef: { readonly name: string };
  }[];
}

/** The pods of all EndpointSlices in the YAML files of a directory, in the order of the files. */
export async function readPods(directory: string): Promise<readonly Pod[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.yaml')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
  const objects = texts.flatMap((text) =>
    parseAllDocuments(text).map((document) => document.toJS() as EndpointSlice),
  );
  return objects.filter(({ kind }) => kind === 'EndpointSlice').flatMap(podsOf);
}

function podsOf({ metadata, ports, endpoints }: EndpointSlice): Pod[] {
  return endpoints.map(({ addresses, targetRef }) => ({
    name: targetRef.name,
    service: metadata.labels['kubernetes.io/service-name'] ?? '',
    address: addresses[0],
    port: ports[0]?.port ?? 0,
  }));
}

export class Kubelet {
  readonly #restartSeconds: number;
  readonly #report: (pod: Pod, line: string) => void;
  readonly #processes = new Map<Pod, ChildProcess>();
  readonly #stopping = new AbortController();

  constructor(restartSeconds: number, report: (pod: Pod, line: string) => void) {
    this.#restartSeconds = restartSeconds;
    this.#report = report;
  }

  /** Resolves to the process id once the pod accepts connections; throws if it cannot. */
  async start(pod: Pod): Promise<number> {
    const { service, name, address, port } = pod;
    // In a process group of its own: Ctrl-C reaches the demo alone, which ends all in order.
    const child = fork(
      new URL('backend.ts', import.meta.url),
      [service, name, address, String(port)],
      { detached: true },
    );
    this.#processes.set(pod, child);
    const [message] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => [{ failed: 'its process ended' }]),
    ])) as [{ failed?: string }];
    if (message.failed !== undefined) {
      const reason = message.failed === 'EADDRINUSE' ? 'the address is in use' : message.failed;
      throw new Error(`cannot start pod ${name} at ${address}:${port}: ${reason}`);
    }
    child.once('exit', () => void this.#restart(pod));
    return child.pid ?? 0;
  }

  stop(): void {
    this.#stopping.abort();
    for (const child of this.#processes.values()) child.kill();
  }

  async #restart(pod: Pod): Promise<void> {
    const { signal } = this.#stopping;
    if (signal.aborted) return;
    this.#report(pod, `ended; it starts again in ${this.#restartSeconds} s`);
    try {
      await delay(this.#restartSeconds * 1_000, undefined, { signal });
      this.#report(pod, `is back as pid ${await this.start(pod)}`);
    } catch (error) {
      if (!signal.aborted) this.#report(pod, (error as Error).message);
    }
  }
}

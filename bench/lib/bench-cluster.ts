// A cluster for a bench, in a process of its own: how it is started, made to change, written to.

import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { apiVersionOf, findKind } from '../../test/support/apiserver/api-kinds.ts';
import type { ApiInput } from '../../test/support/apiserver/api-object.ts';
import type { ClusterReport, ClusterSetting } from './drive-cluster.ts';
import type { ProcessList, RunningProcess } from './process-list.ts';

/** When a write was sent, and when the API server had said yes; milliseconds of this process. */
export interface Written {
  readonly sentAtMs: number;
  readonly acknowledgedAtMs: number;
}

export class BenchCluster {
  readonly kubeconfig: string;
  readonly #url: URL;
  readonly #running: RunningProcess;
  readonly #reports: AsyncIterator<ClusterReport>;
  readonly #agent = new Agent({ keepAlive: true });

  private constructor(
    running: RunningProcess,
    first: ClusterReport,
    reports: AsyncIterator<ClusterReport>,
  ) {
    this.kubeconfig = first.kubeconfig;
    this.#url = new URL(first.url);
    this.#running = running;
    this.#reports = reports;
  }

  /** Resolves when all its objects are there. */
  static async start(processes: ProcessList, setting: ClusterSetting): Promise<BenchCluster> {
    const program = join(import.meta.dirname, 'drive-cluster.ts');
    const args = [program, JSON.stringify(setting)];
    const running = processes.start({ program: process.execPath, args, core: null });
    const reports = readReports(running);
    const { value } = await reports.next();
    if (value === undefined) throw new Error(`no cluster: ${running.lastWords()}`);
    return new BenchCluster(running, value, reports);
  }

  beginChurn(): void {
    this.#running.child.kill('SIGUSR2');
  }

  /** Changes per second, as they were done. */
  async endChurn(): Promise<number> {
    this.#running.child.kill('SIGUSR2');
    const { value } = await this.#reports.next();
    return value === undefined ? Number.NaN : value.changes / value.seconds;
  }

  /** Makes the object, by a POST. */
  create(object: ApiInput): Promise<Written> {
    return this.#write('POST', collectionPath(object), object);
  }

  /** Puts the object in the place of the one that is there. */
  replace(object: ApiInput): Promise<Written> {
    return this.#write('PUT', objectPath(object), object);
  }

  async read(object: ApiInput): Promise<ApiInput> {
    return JSON.parse((await this.#ask('GET', objectPath(object))).answer) as ApiInput;
  }

  close(): void {
    this.#agent.destroy();
  }

  async #write(method: string, path: string, object: ApiInput): Promise<Written> {
    const body = JSON.stringify(object);
    const sentAtMs = performance.now();
    const { status, answer, answeredAtMs } = await this.#ask(method, path, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${answer}`);
    return { sentAtMs, acknowledgedAtMs: answeredAtMs };
  }

  async #ask(method: string, path: string, body?: string) {
    const { hostname: host, port } = this.#url;
    const headers = { 'content-type': 'application/json' };
    const { promise, resolve, reject } = Promise.withResolvers<{
      status: number;
      answer: string;
      answeredAtMs: number;
    }>();
    const asking = request({ agent: this.#agent, host, port, method, path, headers });
    asking.on('error', reject);
    asking.on('response', (response) => {
      const answeredAtMs = performance.now();
      const status = response.statusCode ?? 0;
      text(response).then((answer) => resolve({ status, answer, answeredAtMs }), reject);
    });
    asking.end(body);
    return promise;
  }
}

async function* readReports(running: RunningProcess): AsyncGenerator<ClusterReport> {
  const { stdout } = running.child;
  if (stdout === null) return;
  for await (const line of createInterface({ input: stdout })) {
    yield JSON.parse(line) as ClusterReport;
  }
}

function collectionPath({ apiVersion, kind: kindName, metadata }: ApiInput): string {
  const kind = findKind(kindName, apiVersion);
  if (kind === undefined) throw new Error(`no kind ${kindName}`);
  const root = kind.group === '' ? '/api/v1' : `/apis/${apiVersionOf(kind)}`;
  return `${root}${kind.isNamespaced ? `/namespaces/${metadata.namespace}` : ''}/${kind.plural}`;
}

function objectPath(object: ApiInput): string {
  return `${collectionPath(object)}/${object.metadata.name}`;
}

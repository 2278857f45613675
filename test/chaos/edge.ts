// The program under test, whatever becomes of it: one process, for a moment two of them, or none,
// always on the same ports. It keeps what their logs say that should not be there.

import { Headgate, type LogEntry } from '../support/headgate.ts';
import { Inspected } from '../support/inspected.ts';
import type { Model } from './model.ts';

export interface EdgeOptions {
  readonly kubeconfig: string;
  readonly model: Model;
  readonly args: readonly string[];
  /** A process has ended that nobody told to. */
  readonly onLost: (what: string) => void;
}

/** A process that listens, and its threads, open to what a fault does to them. */
interface Reign {
  readonly headgate: Headgate;
  readonly inspected: Inspected;
}

const WORKERS = 2;
const LAST_WORDS = 20;
export const DRAIN_SECONDS = 3;
/** It may have to wait for the API server. */
const READY_MS_MAX = 60_000;
const SHARED = [
  '--allow-local-endpoints',
  '--read-only',
  '--share-ports',
  '--admin-actions',
  '--h2c',
];

export class Edge implements AsyncDisposable {
  readonly #options: EdgeOptions;
  #reign: Reign | null = null;
  /** Processes that are gone, or were told to go. */
  readonly #past: Headgate[] = [];
  ports = { http: 0, https: 0 };
  workerCount = WORKERS;

  private constructor(options: EdgeOptions) {
    this.#options = options;
  }

  static async start(options: EdgeOptions): Promise<Edge> {
    const edge = new Edge(options);
    edge.#reign = await edge.#launch();
    const { httpPort: http, httpsPort: https } = edge.headgate;
    edge.ports = { http, https };
    return edge;
  }

  get headgate(): Headgate {
    return this.#now.headgate;
  }

  get threads(): Inspected {
    return this.#now.inspected;
  }

  get place() {
    return { adminBind: '127.0.0.1', adminPort: this.headgate.adminPort, adminSocket: null };
  }

  /** Another process, with these options besides, takes the ports over. */
  async upgrade(args: readonly string[] = []): Promise<void> {
    const { model } = this.#options;
    model.rule(false);
    const older = this.#now;
    this.#reign = await this.#launch(args);
    await this.#end(older);
    model.rule(true);
  }

  /** The main thread throws; resolves with the exit code when the process is gone. */
  async crash(): Promise<number | null> {
    const { headgate, inspected } = this.#now;
    this.#past.push(headgate);
    inspected.inMain(`setImmediate(() => { throw new Error('told to') })`);
    // A process that ends waits for its inspector to leave.
    await headgate.logged('internal failure, ending').finally(() => inspected[Symbol.dispose]());
    return headgate.exited();
  }

  /** After a crash. */
  async restart(): Promise<void> {
    this.#reign = await this.#launch();
    this.#options.model.rule(true);
  }

  /** Lines that tell of a failure, of all processes so far. */
  get errors(): readonly LogEntry[] {
    const processes = new Set([...this.#past, this.headgate]);
    return [...processes].flatMap(({ log }) => log.filter(({ level }) => level === 'error'));
  }

  /** Asks the process to leave; throws unless it does so in order. */
  async stop(): Promise<void> {
    await this.#end(this.#now);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#past.push(this.headgate);
    this.#reign?.inspected[Symbol.dispose]();
    await this.#reign?.headgate[Symbol.asyncDispose]();
    for (const headgate of this.#past) await headgate[Symbol.asyncDispose]();
  }

  get #now(): Reign {
    if (this.#reign === null) throw new Error('no process has been started');
    return this.#reign;
  }

  async #launch(besides: readonly string[] = []): Promise<Reign> {
    const { kubeconfig, args } = this.#options;
    const { http, https } = this.ports;
    const headgate = await Headgate.start({
      kubeconfig,
      readyMs: READY_MS_MAX,
      isInspected: true,
      args: [
        ...[...SHARED, '--http-port', `${http}`, '--https-port', `${https}`],
        ...['--workers', `${WORKERS}`, '--drain-seconds', `${DRAIN_SECONDS}`],
        ...['--log-level', 'info', ...args, ...besides],
      ],
    });
    this.workerCount = WORKERS;
    void headgate.exited().then((code) => {
      if (this.#past.includes(headgate)) return;
      this.#past.push(headgate);
      this.#options.onLost(lastWords(headgate, code));
    });
    return { headgate, inspected: await Inspected.attach(headgate) };
  }

  async #end({ headgate, inspected }: Reign): Promise<void> {
    inspected[Symbol.dispose]();
    this.#past.push(headgate);
    headgate.signal('SIGTERM');
    const code = await headgate.exited();
    if (code !== 0) throw new Error(`the process that was asked to leave ended with ${code}`);
  }
}

function lastWords({ log }: Headgate, code: number | null): string {
  const lines = log.slice(-LAST_WORDS).map((entry) => JSON.stringify(entry));
  return [`the process ended with ${code}, and nobody had told it to`, ...lines].join('\n  ');
}

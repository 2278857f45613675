// The real program as a child process, for tests that look at it from outside: started over a
// directory of manifests of its own, stopped when it goes out of scope.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type ManifestDirectory, manifestDirectory } from './manifest-directory.ts';

export interface LogEntry {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface HeadgateOptions {
  /** By file name; written before the start. */
  readonly manifests?: Readonly<Record<string, string>>;
  /** A cluster to serve for, in place of manifests. */
  readonly kubeconfig?: string;
  /** Appended to the command line, where the last of two equal options counts. */
  readonly args?: readonly string[];
  /** Descriptors that the process may have open (RLIMIT_NOFILE); the test's own if absent. */
  readonly openFilesMax?: number;
  /** Opens the inspector of Node, by which an Inspected does things to its threads. */
  readonly isInspected?: boolean;
  /** How long `start` waits for it to be ready. */
  readonly readyMs?: number;
}

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
/** Far above what anything here takes, so that only a hang meets it. */
const DEADLINE_MS = 10_000;

export class Headgate implements AsyncDisposable {
  readonly log: LogEntry[] = [];
  readonly #directory: ManifestDirectory;
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | null>;
  #wakeReaders = Promise.withResolvers<void>();
  httpPort = 0;
  httpsPort = 0;
  adminPort = 0;

  private constructor(
    directory: ManifestDirectory,
    args: readonly string[],
    openFilesMax: number | undefined,
    nodeOptions: readonly string[],
  ) {
    this.#directory = directory;
    const command = [process.execPath, ...nodeOptions, 'src/main.ts', 'run', ...args];
    // The shell lowers the limit and then becomes the program.
    const lowered = ['-c', 'ulimit -n "$0"; exec "$@"', String(openFilesMax), ...command];
    const [program = '', ...words] = openFilesMax === undefined ? command : ['sh', ...lowered];
    this.#child = spawn(program, words, {
      cwd: PROJECT,
      env: {},
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    this.#exit = once(this.#child, 'close').then(([code]) => {
      this.#wake();
      return code;
    });
    const lines = createInterface({ input: this.#child.stderr as NodeJS.ReadableStream });
    lines.on('line', (line) => {
      this.log.push(parseLine(line));
      this.#wake();
    });
  }

  /** The process as it starts, with two workers and free ports. */
  static async spawn({
    manifests = {},
    kubeconfig,
    args = [],
    openFilesMax,
    isInspected = false,
  }: HeadgateOptions = {}): Promise<Headgate> {
    const directory = await manifestDirectory(manifests);
    const ports = ['--http-port', '0', '--https-port', '0', '--admin-port', '0'];
    const defaults = [...ports, '--bind', '127.0.0.1'];
    const source =
      kubeconfig === undefined ? ['--manifests', directory.path] : ['--kubeconfig', kubeconfig];
    const own = [...source, '--workers', '2', '--log-level', 'debug'];
    const nodeOptions = isInspected ? ['--inspect=127.0.0.1:0'] : [];
    return new Headgate(directory, [...defaults, ...own, ...args], openFilesMax, nodeOptions);
  }

  /** The process once it is ready. */
  static async start(options: HeadgateOptions = {}): Promise<Headgate> {
    const headgate = await Headgate.spawn(options);
    try {
      await headgate.logged('ready', options.readyMs);
      headgate.httpPort = headgate.#portOf('proxy');
      headgate.httpsPort = headgate.#portOf('tls');
      headgate.adminPort = headgate.#portOf('admin');
      return headgate;
    } catch (error) {
      await headgate[Symbol.asyncDispose]();
      throw error;
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  admin(path: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.adminPort}${path}`);
  }

  /** Puts a manifest in place in one step, as editors do. */
  async write(name: string, text: string): Promise<void> {
    const path = join(this.#directory.path, name);
    await writeFile(`${path}.part`, text);
    await rename(`${path}.part`, path);
  }

  /** The first line with this message, written already or still to come. */
  async logged(message: string, deadlineMs = DEADLINE_MS): Promise<LogEntry> {
    const deadline = delay(deadlineMs, 'late' as const, { ref: false });
    for (;;) {
      const entry = this.log.find(({ msg }) => msg === message);
      if (entry !== undefined) return entry;
      const ended = this.#child.exitCode !== null || this.#child.signalCode !== null;
      const woken = ended ? 'late' : await Promise.race([this.#wakeReaders.promise, deadline]);
      if (woken === 'late') throw new Error(`no line ${message} in ${JSON.stringify(this.log)}`);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves with the exit code, null if a signal ended the process. */
  exited(): Promise<number | null> {
    return this.#exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
    await this.#exit;
    await this.#directory[Symbol.asyncDispose]();
  }

  #portOf(role: string): number {
    const entry = this.log.find((line) => line.msg === 'listening' && line.role === role);
    return Number(entry?.port);
  }

  #wake(): void {
    this.#wakeReaders.resolve();
    this.#wakeReaders = Promise.withResolvers();
  }
}

function parseLine(line: string): LogEntry {
  try {
    return JSON.parse(line);
  } catch {
    return { level: 'raw', msg: line };
  }
}

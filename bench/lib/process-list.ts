// Child processes that never outlive the bench: whatever ends it, all of them are killed; by the
// kernel where setpriv (util-linux) is there to ask it, so that even a killed bench leaves none.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';

/** Enough of a dead child's last words to see why it died. */
const STDERR_CHARS_MAX = 2_000;
const SIGNAL_EXIT_BASE = 128;

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** The only core it may run on; null leaves it to the scheduler. */
  readonly core: number | null;
  /** Added to the bench's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What ends it, and its own children with it; SIGKILL where that is not said. */
  readonly endSignal?: 'SIGTERM';
}

export interface RunningProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  /** The end of what it wrote to stderr. */
  lastWords(): string;
}

export class ProcessList {
  readonly #children = new Map<ChildProcess, NodeJS.Signals>();
  readonly #killAll = () => {
    for (const [child, signal] of this.#children) child.kill(signal);
  };
  readonly #onHangUp = () => process.exit(SIGNAL_EXIT_BASE + 1);
  readonly #onInterrupt = () => process.exit(SIGNAL_EXIT_BASE + 2);
  readonly #onTerminate = () => process.exit(SIGNAL_EXIT_BASE + 15);

  constructor() {
    process.once('exit', this.#killAll);
    process.once('SIGHUP', this.#onHangUp);
    process.once('SIGINT', this.#onInterrupt);
    process.once('SIGTERM', this.#onTerminate);
  }

  start(command: Command): RunningProcess {
    const [program, args] = wrapped(command);
    const env = { ...process.env, ...command.env };
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.set(child, command.endSignal ?? 'SIGKILL');
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-STDERR_CHARS_MAX);
    });
    child.on('error', (error) => {
      words += error.message;
    });
    child.once('exit', () => this.#children.delete(child));
    return { pid: child.pid ?? 0, child, lastWords: () => words.trim() };
  }

  /**
   * Runs `command` to its end and resolves to its stdout, which is also given out as it comes.
   * Rejects if it fails.
   */
  async run(command: Command, onOutput: (text: string) => void = () => {}): Promise<string> {
    const running = this.start(command);
    let output = '';
    running.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      onOutput(text);
    });
    const { promise, resolve } = Promise.withResolvers<number | null>();
    running.child.once('close', resolve);
    const status = await promise;
    if (status === 0) return output;
    throw new Error(`${command.program} ended with ${status}: ${running.lastWords()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ends = [...this.#children.keys()].map((child) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      child.once('close', () => resolve());
      return promise;
    });
    this.#killAll();
    await Promise.all(ends);
    process.off('exit', this.#killAll);
    process.off('SIGHUP', this.#onHangUp);
    process.off('SIGINT', this.#onInterrupt);
    process.off('SIGTERM', this.#onTerminate);
  }
}

const installed = new Map<string, boolean>();

/** Whether there is such a program on the PATH. */
export function isInstalled(program: string): boolean {
  const known = installed.get(program);
  if (known !== undefined) return known;
  const isThere = spawnSync(program, ['--version']).error === undefined;
  installed.set(program, isThere);
  return isThere;
}

/** Whether processes can be pinned to cores (taskset of util-linux). */
export function canPin(): boolean {
  return isInstalled('taskset');
}

// taskset and setpriv replace themselves by the program, so the pid is the program's own.
function wrapped({ program, args, core, endSignal }: Command): [string, string[]] {
  const words = [program, ...args];
  if (isInstalled('setpriv')) words.unshift('setpriv', '--pdeathsig', endSignal ?? 'SIGKILL');
  if (core !== null && canPin()) words.unshift('taskset', '-c', String(core));
  const [first = program, ...rest] = words;
  return [first, rest];
}

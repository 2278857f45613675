// Child processes that never outlive the bench: whatever ends it, all of them are killed.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';

/** Enough of a dead child's last words to see why it died. */
const STDERR_CHARS_MAX = 2_000;
const SIGNAL_EXIT_BASE = 128;

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** The only core it may run on; null leaves it to the scheduler. */
  readonly core: number | null;
}

export interface RunningProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  /** The end of what it wrote to stderr. */
  lastWords(): string;
}

export class ProcessList {
  readonly #children = new Set<ChildProcess>();
  readonly #killAll = () => {
    for (const child of this.#children) child.kill('SIGKILL');
  };
  readonly #onInterrupt = () => process.exit(SIGNAL_EXIT_BASE + 2);
  readonly #onTerminate = () => process.exit(SIGNAL_EXIT_BASE + 15);

  constructor() {
    process.once('exit', this.#killAll);
    process.once('SIGINT', this.#onInterrupt);
    process.once('SIGTERM', this.#onTerminate);
  }

  start(command: Command): RunningProcess {
    const [program, args] = pinned(command);
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.add(child);
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

  /** Runs `command` to its end and resolves to its stdout. Rejects if it fails. */
  async run(command: Command): Promise<string> {
    const running = this.start(command);
    let output = '';
    running.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const { promise, resolve } = Promise.withResolvers<number | null>();
    running.child.once('close', resolve);
    const status = await promise;
    if (status === 0) return output;
    throw new Error(`${command.program} ended with ${status}: ${running.lastWords()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ends = [...this.#children].map((child) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      child.once('close', () => resolve());
      return promise;
    });
    this.#killAll();
    await Promise.all(ends);
    process.off('exit', this.#killAll);
    process.off('SIGINT', this.#onInterrupt);
    process.off('SIGTERM', this.#onTerminate);
  }
}

let hasTaskset: boolean | null = null;

/** Whether processes can be pinned to cores (taskset of util-linux). */
export function canPin(): boolean {
  hasTaskset ??= spawnSync('taskset', ['--version']).status === 0;
  return hasTaskset;
}

// taskset replaces itself by the program, so the pid is the program's own.
function pinned(command: Command): [string, string[]] {
  if (command.core === null || !canPin()) return [command.program, [...command.args]];
  return ['taskset', ['-c', String(command.core), command.program, ...command.args]];
}

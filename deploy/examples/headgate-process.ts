// The real Headgate as a child process of an example, in front of the example's pods: started,
// asked to end on Ctrl-C, its log shown line by line.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { printable } from '#base/printable.ts';

/** On which ports it listens. */
export interface Ports {
  readonly http: number;
  readonly admin: number;
}

const PROGRAM = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** Resolves to the exit code, which is 0 after Ctrl-C. `args` follow `run`. */
export async function runHeadgate(
  args: readonly string[],
  onReady: (ports: Ports) => void,
): Promise<number> {
  const headgate = new HeadgateProcess(args, 'headgate');
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => headgate.stop());
  }
  void headgate.ready.then(onReady);
  return (await headgate.exited) ?? 1;
}

export class HeadgateProcess {
  /** Stays pending if it ends before. */
  readonly ready: Promise<Ports>;
  /** The exit code; null if a signal has ended it. */
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcessByStdio<null, null, Readable>;

  /** `args` follow `run`; its log is shown under `name`. */
  constructor(args: readonly string[], name: string) {
    // In a process group of its own: Ctrl-C reaches the example alone, which ends all in order.
    this.#child = spawn(process.execPath, [PROGRAM, 'run', ...args], {
      stdio: ['ignore', 'inherit', 'pipe'],
      detached: true,
    });
    this.exited = once(this.#child, 'close').then(([code]) => code);
    this.ready = new Promise((resolve) => followLog(this.#child, name, resolve));
  }

  stop(): void {
    this.#child.kill('SIGTERM');
  }
}

export function say(who: string, line: string): void {
  process.stdout.write(`${who.padEnd(8)} | ${printable(line)}\n`);
}

/** Shows the log, and tells when Headgate is ready and on which ports. */
function followLog(
  headgate: ChildProcessByStdio<null, null, Readable>,
  name: string,
  onReady: (ports: Ports) => void,
): void {
  const ports = { http: 0, admin: 0 };
  createInterface({ input: headgate.stderr }).on('line', (line) => {
    const entry = parseEntry(line);
    if (entry === null) return say(name, line);
    const { level, time, msg, ...fields } = entry;
    const details = Object.entries(fields).map(
      ([name, value]) => `${name}=${JSON.stringify(value)}`,
    );
    say(name, [`${level}: ${msg}`, ...details].join(' '));
    if (msg === 'listening')
      ports[fields.role === 'admin' ? 'admin' : 'http'] = Number(fields.port);
    if (msg === 'ready') onReady(ports);
  });
}

function parseEntry(line: string): Readonly<Record<string, unknown>> | null {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

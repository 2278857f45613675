// Starts and ends a load that goes on until it is told to end, in a process of its own.

import { join } from 'node:path';
import type { CheckedRequest, CheckedResult } from './drive-checked.ts';
import type { SocketsRequest, SocketsResult } from './drive-sockets.ts';
import type { ProcessList } from './process-list.ts';

export interface CheckedLoad<Result> {
  /** What it has printed so far is more than nothing: it has begun. */
  readonly begun: Promise<void>;
  /** What falls due from here on is in a window of its own. */
  nextWindow(): void;
  /** Ends the load; rejects if its process failed. */
  finish(): Promise<Result>;
}

export function startCheckedLoad(
  processes: ProcessList,
  request: CheckedRequest,
): CheckedLoad<CheckedResult> {
  return startLoad(processes, 'drive-checked.ts', request);
}

/** It has begun when all that are to be there from the start are open. */
export function startSockets(
  processes: ProcessList,
  request: SocketsRequest,
): CheckedLoad<SocketsResult> {
  return startLoad(processes, 'drive-sockets.ts', request);
}

function startLoad<Result>(
  processes: ProcessList,
  program: string,
  request: object,
): CheckedLoad<Result> {
  const args = [join(import.meta.dirname, program), JSON.stringify(request)];
  const running = processes.start({ program: process.execPath, args, core: null });
  const begun = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  let output = '';
  running.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    begun.resolve();
  });
  running.child.once('close', () => {
    begun.resolve();
    closed.resolve();
  });
  return {
    begun: begun.promise,
    nextWindow: () => {
      running.child.kill('SIGUSR2');
    },
    finish: async () => {
      running.child.kill('SIGTERM');
      await closed.promise;
      const json = output.slice(output.indexOf('{'));
      if (!output.includes('{')) throw new Error(`the load failed: ${running.lastWords()}`);
      return JSON.parse(json) as Result;
    },
  };
}

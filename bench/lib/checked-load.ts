// Starts and ends a load that checks every answer, in a process of its own.

import { join } from 'node:path';
import type { CheckedRequest, CheckedResult } from './drive-checked.ts';
import type { ProcessList } from './process-list.ts';

export interface CheckedLoad {
  /** What falls due from here on is in a window of its own. */
  nextWindow(): void;
  /** Ends the load; rejects if its process failed. */
  finish(): Promise<CheckedResult>;
}

export function startCheckedLoad(processes: ProcessList, request: CheckedRequest): CheckedLoad {
  const program = join(import.meta.dirname, 'drive-checked.ts');
  const args = [program, JSON.stringify(request)];
  const running = processes.start({ program: process.execPath, args, core: null });
  let output = '';
  running.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const closed = Promise.withResolvers<void>();
  running.child.once('close', () => closed.resolve());
  return {
    nextWindow: () => {
      running.child.kill('SIGUSR2');
    },
    finish: async () => {
      running.child.kill('SIGTERM');
      await closed.promise;
      if (output === '') throw new Error(`the load process failed: ${running.lastWords()}`);
      return JSON.parse(output) as CheckedResult;
    },
  };
}

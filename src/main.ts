#!/usr/bin/env node
// The program: a command line becomes a command, and its result an exit code. Each command is
// loaded when it is asked for, so that none pays for another's dependencies.

import { createLog } from '#base/log.ts';
import { printable } from '#base/printable.ts';
import { type Invocation, parseCommandLine } from '#commands/command-line.ts';
import { keepCompiledCode } from '#commands/compile-cache.ts';
import type { Report } from '#commands/report.ts';

// `headgate routes | head` closes the pipe early, which is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await execute(parseCommandLine(process.argv.slice(2)));

async function execute(invocation: Invocation): Promise<number> {
  switch (invocation.command) {
    case 'run': {
      const cache = keepCompiledCode();
      // Threads begin with this environment, and Node looks for the variable in it.
      if (cache !== null) process.env.NODE_COMPILE_CACHE = cache;
      const { run } = await import('#commands/run.ts');
      const { warnOfOldRuntime } = await import('#commands/runtime-version.ts');
      const log = createLog(invocation.config.logLevel);
      warnOfOldRuntime(process.version, log);
      return run(invocation.config, log);
    }
    case 'routes': {
      const { routes } = await import('#commands/routes.ts');
      return print(routes(invocation.options));
    }
    case 'explain': {
      const { explain } = await import('#commands/explain.ts');
      return print(explain(invocation.options, invocation.target));
    }
    case 'check': {
      const { check } = await import('#commands/check.ts');
      return print(check(invocation.options));
    }
    case 'ready': {
      const { ready } = await import('#commands/ready.ts');
      return print(await ready(invocation.place, invocation.waitSeconds));
    }
    case 'generations': {
      const { generations } = await import('#commands/generations.ts');
      return print(await generations(invocation.place));
    }
    case 'rollback': {
      const { rollback } = await import('#commands/generations.ts');
      return print(await rollback(invocation.place, invocation.target));
    }
    case 'workers': {
      const { workers } = await import('#commands/workers.ts');
      return print(await workers(invocation.place, invocation.count));
    }
    case 'print':
      return print({ text: invocation.text, remark: '', exitCode: 0 });
    case 'usageError':
      process.stderr.write(`headgate: ${printable(invocation.message)}\n`);
      return 2;
  }
}

function print({ text, remark, exitCode }: Report): number {
  process.stdout.write(text);
  process.stderr.write(remark);
  return exitCode;
}

// Where Node keeps compiled code between starts. From the second start on no thread strips types,
// and the stripper, some 20 MiB in each thread, is never loaded. The cache is code that will be
// run, so it lies where our own code lies and nowhere that others may write, such as /tmp.

import { constants, enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const DIRECTORY = new URL('../../node_modules/.cache/headgate', import.meta.url);

/**
 * From here on compiled code is kept. The value of NODE_COMPILE_CACHE by which threads share it;
 * null where the operator has set that already, or nothing can be kept, as on a read-only file
 * system.
 */
export function keepCompiledCode(): string | null {
  const directory = fileURLToPath(DIRECTORY);
  const { status } = enableCompileCache(directory);
  return status === constants.compileCacheStatus.ENABLED ? directory : null;
}

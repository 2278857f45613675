// The entry of a compile thread: a batch of virtual hosts -> their sections. Piscina calls it.

import { compileHost } from '#compile/compile-host.ts';
import type { VirtualHost } from '#plan/routing-plan.ts';

export interface CompileBatch {
  readonly hosts: readonly VirtualHost[];
  readonly seed: number;
}

/**
 * One section for each host, in their order. A section is small: to copy it costs less than to
 * transfer it.
 */
export function compileHosts({ hosts, seed }: CompileBatch): Uint8Array[] {
  return hosts.map((host) => compileHost(host, seed));
}

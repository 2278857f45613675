// The entry of a compile thread: a batch of virtual hosts -> their sections. Piscina calls it.

import { compileSections, type PackedSections } from '#compile/compile-sections.ts';
import type { VirtualHost } from '#plan/routing-plan.ts';

export interface CompileBatch {
  /** Of `VirtualHost[]`: to print and to parse JSON takes half as long as to clone objects. */
  readonly hostsJson: string;
  readonly seed: number;
}

export function compileBatch({ hostsJson, seed }: CompileBatch): PackedSections {
  return compileSections(JSON.parse(hostsJson) as VirtualHost[], seed);
}

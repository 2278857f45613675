// Virtual hosts of the plan -> their sections, verified, in one piece of memory: so they pass from
// thread to thread as two arrays, whatever their number.

import type { VirtualHost } from '#plan/routing-plan.ts';
import { mapMemory } from '#snapshot/memory.ts';
import { verifySection } from '#snapshot/verify-section.ts';
import { compileHost } from './compile-host.ts';

export interface PackedSections {
  /** One after the other, in the order of the hosts. */
  readonly bytes: Uint8Array;
  /** Of each, in bytes. */
  readonly sizes: Uint32Array;
}

/** Throws if a section is not what it should be. */
export function compileSections(hosts: readonly VirtualHost[], seed: number): PackedSections {
  const sections = hosts.map((host) => compileHost(host, seed));
  const sizes = Uint32Array.from(sections, ({ length }) => length);
  const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  const memory = mapMemory(bytes.buffer);
  let offset = 0;
  for (const section of sections) {
    bytes.set(section, offset);
    verifySection(memory, offset, seed);
    offset += section.length;
  }
  return { bytes, sizes };
}

/** Each section, as a part of the same memory. */
export function unpackSections({ bytes, sizes }: PackedSections): readonly Uint8Array[] {
  let end = 0;
  return Array.from(sizes, (size) => {
    end += size;
    return bytes.subarray(end - size, end);
  });
}

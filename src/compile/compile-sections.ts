// Virtual hosts of the plan -> their sections in one piece of shared memory: so another thread can
// verify them, and nothing is copied on the way to it and back.

import { ByteWriter } from '#base/bytes.ts';
import type { VirtualHost } from '#plan/routing-plan.ts';
import { upstreamKeys } from '#snapshot/keys.ts';
import { mapMemory, sharedMemory } from '#snapshot/memory.ts';
import { verifySection } from '#snapshot/verify-section.ts';
import { writeHost } from './compile-host.ts';

export interface PackedSections {
  /** One after the other, in the order of the hosts. */
  readonly bytes: Uint8Array;
  /** Of each, in bytes. */
  readonly sizes: Uint32Array;
}

/** Not yet verified. */
export function compileSections(hosts: readonly VirtualHost[], seed: number): PackedSections {
  const writer = new ByteWriter();
  const options = { seed, keyOf: upstreamKeys() };
  const sizes = Uint32Array.from(hosts, (host) => {
    writeHost(writer, host, options);
    return writer.size;
  });
  const { bytes } = sharedMemory(sizes.reduce((sum, size) => sum + size, 0));
  writer.copyTo(bytes);
  return { bytes, sizes };
}

/** Throws if a section is not what it should be. */
export function verifySections({ bytes, sizes }: PackedSections, seed: number): void {
  const memory = mapMemory(bytes.buffer);
  let offset = 0;
  for (const size of sizes) {
    verifySection(memory, offset, seed);
    offset += size;
  }
}

/** Each section, as a part of the same memory. */
export function unpackSections({ bytes, sizes }: PackedSections): readonly Uint8Array[] {
  let end = 0;
  return Array.from(sizes, (size) => {
    end += size;
    return bytes.subarray(end - size, end);
  });
}

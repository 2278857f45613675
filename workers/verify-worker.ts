// The entry of a verify thread: looks at sections in shared memory. Piscina calls it.

import { type PackedSections, verifySections } from '#compile/compile-sections.ts';

export interface VerifyBatch {
  readonly sections: PackedSections;
  readonly seed: number;
}

/** Throws if a section is not what it should be. */
export function verifyBatch({ sections, seed }: VerifyBatch): void {
  verifySections(sections, seed);
}

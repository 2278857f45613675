// The one way in which every hash table of a snapshot is filled; see SLOT in layout.ts.

import { assert } from '#base/assert.ts';
import { SLOT, SLOT_WORDS } from './layout.ts';

export interface Entry {
  /** Any 32 bits, signed or unsigned. */
  readonly hash: number;
  readonly offset: number;
}

/**
 * The words of a table of `slots` slots. Entries are put in their order, so equal input gives equal
 * words.
 */
export function fillSlots(slots: number, entries: Iterable<Entry>): Uint32Array {
  const words = new Uint32Array(slots * SLOT_WORDS);
  const mask = slots - 1;
  let free = slots;
  for (const { hash, offset } of entries) {
    assert(offset !== 0, 'an entry leads somewhere');
    free -= 1;
    assert(free > 0, 'a table keeps an empty slot, at which every search ends');
    let slot = hash & mask;
    while (words[slot * SLOT_WORDS + SLOT.offset] !== 0) slot = (slot + 1) & mask;
    words[slot * SLOT_WORDS + SLOT.hash] = hash;
    words[slot * SLOT_WORDS + SLOT.offset] = offset;
  }
  return words;
}

// Walks over the records of a snapshot, for verification and for print; lookups do not come here.

import { assert } from '#base/assert.ts';
import { decodeText } from '#base/bytes.ts';
import { type DecodedRoute, decodeDetails, decodeMatch } from './decode.ts';
import {
  PAGE,
  PAGE_WORDS,
  SECTION,
  SECTION_BYTES,
  SLOT,
  SLOT_WORDS,
  WORD_BYTES,
} from './layout.ts';
import type { Memory } from './memory.ts';
import type { Entry } from './slots.ts';

/** The unsigned word `index` of the record at `offset`. */
export function wordAt(memory: Memory, offset: number, index: number): number {
  const word = memory.words[offset / WORD_BYTES + index];
  assert(word !== undefined, 'a record lies inside the memory');
  return word >>> 0;
}

/** The virtual host's name: the key `.shop.example` is the host `*.shop.example`. */
export function readHost(memory: Memory, section: number): string {
  const start = section + SECTION_BYTES;
  const size = wordAt(memory, section, SECTION.hostSize);
  const key = decodeText(memory.bytes.slice(start, start + size));
  return key.startsWith('.') ? `*${key}` : key;
}

/** The routes of a section, in the order of precedence. */
export function readRoutes(memory: Memory, section: number): DecodedRoute[] {
  const routes: DecodedRoute[] = [];
  let start = wordAt(memory, section, SECTION.routes);
  for (let count = wordAt(memory, section, SECTION.routeCount); count > 0; count -= 1) {
    const { size, ...match } = decodeMatch(memory, section + start);
    const { type, path } = match;
    routes.push({ type, path, ...decodeDetails(memory, section + start, match) });
    start += size;
  }
  return routes;
}

/** The slots of a table, empty ones too. */
export function readSlots(memory: Memory, table: number, slots: number): Entry[] {
  const entries: Entry[] = [];
  for (let slot = 0; slot < slots; slot += 1) {
    const hash = wordAt(memory, table, slot * SLOT_WORDS + SLOT.hash);
    entries.push({ hash, offset: wordAt(memory, table, slot * SLOT_WORDS + SLOT.offset) });
  }
  return entries;
}

export interface PageExtent {
  readonly offset: number;
  /** A power of two in a sane snapshot. */
  readonly slots: number;
}

/** The pages of a directory read by the first `32 - shift` bits, as often as they are named. */
export function readPages(memory: Memory, directory: number, shift: number): PageExtent[] {
  return Array.from({ length: 2 ** (32 - shift) }, (_, index) => ({
    offset: wordAt(memory, directory, index * PAGE_WORDS + PAGE.offset),
    slots: wordAt(memory, directory, index * PAGE_WORDS + PAGE.mask) + 1,
  }));
}

// Says whether a section is what layout.ts says: its sizes, masks and hashes, the keys of its
// targets, and that a search for each route ends at that route. It reads words and makes no
// objects and hardly a text, because each compiled route comes here.

import { alignUp, decodeText } from '#base/bytes.ts';
import { hashHost, hashPath } from '#base/hash.ts';
import { limits } from '#base/limits.ts';
import { verifyAdmission } from './admission-records.ts';
import { demand, demandExtent } from './demand.ts';
import { upstreamKey } from './keys.ts';
import {
  FILTER,
  KEY_WORDS,
  MATCH_EXACT,
  MATCH_PREFIX,
  pathTableOffset,
  prefixDepth,
  RECORD_ALIGNMENT,
  ROUTE,
  ROUTE_BYTES,
  SECTION,
  SECTION_BYTES,
  SLOT,
  SLOT_BYTES,
  SLOT_WORDS,
  slotCount,
  splitMatchWord,
  WORD_BYTES,
} from './layout.ts';
import type { Memory } from './memory.ts';
import { wordAt } from './read-records.ts';

/** One section, wherever it lies, and all its routes. Throws unless all is as it should be. */
export function verifySection(memory: Memory, section: number, seed: number): void {
  demandExtent(memory, section, SECTION_BYTES, 'section header');
  const size = wordAt(memory, section, SECTION.size);
  demandExtent(memory, section, size, 'section');
  const hostSize = wordAt(memory, section, SECTION.hostSize);
  demand(hostSize > 0 && hostSize <= limits.hostBytesMax, 'a host key has a valid size');
  const routeCount = wordAt(memory, section, SECTION.routeCount);
  const slots = slotCount(routeCount);
  const table = pathTableOffset(hostSize);
  const routes = table + slots * SLOT_BYTES;
  demand(wordAt(memory, section, SECTION.pathMask) === slots - 1, 'a path table has its slots');
  demand(wordAt(memory, section, SECTION.routes) === routes, 'the routes follow the path table');
  demand(routes <= size, 'a path table lies in its section');
  const hostStart = section + SECTION_BYTES;
  const hash = hashHost(memory.bytes.subarray(hostStart, hostStart + hostSize), seed) >>> 0;
  demand(wordAt(memory, section, SECTION.hostHash) === hash, 'a section has the hash of its host');
  const parts: Parts = { memory, seed, section, table, slots, routes, routeCount, size };
  const end = verifyAdmission(memory, section, verifyDetails(parts, verifyMatches(parts)));
  demand(alignUp(end, RECORD_ALIGNMENT) === size, 'a section ends behind its last part');
}

interface Parts {
  readonly memory: Memory;
  readonly seed: number;
  /** Offset of the section; the others count from there. */
  readonly section: number;
  readonly table: number;
  /** Of the path table. */
  readonly slots: number;
  readonly routes: number;
  readonly routeCount: number;
  readonly size: number;
}

/** What each route matches, one behind the other. Comes back with their end. */
function verifyMatches(parts: Parts): number {
  const { memory, seed, section, routes, routeCount, size } = parts;
  let [start, exactCount, depthMask] = [routes, 0, 0];
  for (let count = routeCount; count > 0; count -= 1) {
    demand(start + ROUTE_BYTES <= size, 'a section holds its routes');
    const { type, pathSize } = splitMatchWord(wordAt(memory, section + start, ROUTE.match));
    demand(type === MATCH_EXACT || type === MATCH_PREFIX, 'a route has a known type');
    const end = start + ROUTE_BYTES + alignUp(pathSize, WORD_BYTES);
    demand(end <= size, 'a section holds the paths of its routes');
    const pathStart = section + start + ROUTE_BYTES;
    const path = memory.bytes.subarray(pathStart, pathStart + pathSize);
    const hash = hashPath(path, seed);
    if (type === MATCH_EXACT) exactCount += 1;
    else depthMask |= 1 << prefixDepth(path);
    verifyFound(parts, start, type === MATCH_EXACT ? hash : ~hash);
    start = end;
  }
  demand(usedSlots(parts) === routeCount, 'a path table holds the routes and nothing else');
  demand(wordAt(memory, section, SECTION.depthMask) === depthMask >>> 0, 'the depth mask is right');
  demand(wordAt(memory, section, SECTION.exactCount) === exactCount, 'the exact count is right');
  return start;
}

/** A search for this hash meets this route before an empty slot, and before one of equal match. */
function verifyFound({ memory, section, table, slots }: Parts, route: number, hash: number): void {
  const { words } = memory;
  const mask = slots - 1;
  for (let slot = hash & mask, steps = 0; steps <= mask; slot = (slot + 1) & mask, steps += 1) {
    const at = (section + table) / WORD_BYTES + slot * SLOT_WORDS;
    const offset = words[at + SLOT.offset] as number;
    if (offset === 0) break;
    if (words[at + SLOT.hash] !== hash) continue;
    if (offset === route) return;
    const other = section + offset;
    if (hasSameMatch(memory, other, section + route)) break;
  }
  demand(false, 'each match of a section is found by its hash, and there once');
}

function hasSameMatch({ words, bytes }: Memory, route: number, other: number): boolean {
  const match = words[route / WORD_BYTES + ROUTE.match] as number;
  if (match !== words[other / WORD_BYTES + ROUTE.match]) return false;
  return haveSameBytes(bytes, {
    at: route + ROUTE_BYTES,
    other: other + ROUTE_BYTES,
    size: splitMatchWord(match).pathSize,
  });
}

function haveSameBytes(
  bytes: Uint8Array,
  { at, other, size }: { readonly at: number; readonly other: number; readonly size: number },
): boolean {
  for (let index = 0; index < size; index += 1) {
    if (bytes[at + index] !== bytes[other + index]) return false;
  }
  return true;
}

function usedSlots({ memory: { words }, section, table, slots }: Parts): number {
  const first = (section + table) / WORD_BYTES + SLOT.offset;
  let used = 0;
  for (let slot = 0; slot < slots; slot += 1) {
    if (words[first + slot * SLOT_WORDS] !== 0) used += 1;
  }
  return used;
}

/** The details of all routes, one behind the other from `start`. Comes back with their end. */
function verifyDetails({ memory, section, routes, routeCount, size }: Parts, start: number) {
  const walk = new Walk(memory, section + start, section + size);
  const targets = new Targets(memory);
  let route = section + routes;
  for (let count = routeCount; count > 0; count -= 1) {
    const details = route + wordAt(memory, route, ROUTE.details);
    demand(details === walk.offset, 'details follow one another after the routes');
    const detailsSize = walk.word();
    for (let targetCount = walk.word(); targetCount > 0; targetCount -= 1) {
      const key = walk.pass(KEY_WORDS * WORD_BYTES);
      walk.word();
      const nameSize = walk.word();
      targets.verify(key, walk.pass(nameSize), nameSize);
    }
    verifyFilters(walk);
    // Kind, namespace and name of the source, and the field.
    for (let text = 0; text < 4; text += 1) walk.pass(walk.word());
    demand(walk.offset === details + detailsSize, 'details end where they say');
    const { pathSize } = splitMatchWord(wordAt(memory, route, ROUTE.match));
    route += ROUTE_BYTES + alignUp(pathSize, WORD_BYTES);
  }
  return walk.offset - section;
}

function verifyFilters(walk: Walk): void {
  const size = walk.word();
  const end = walk.offset + size;
  while (walk.offset < end) {
    const type = walk.word();
    if (type === FILTER.strictTransportSecurity) walk.pass(walk.word());
    else demand(type === FILTER.httpsRedirect, 'a filter has a known type');
  }
  demand(walk.offset === end, 'filters end where they say');
}

/** The keys of targets, of which most have the name of the one before. */
class Targets {
  readonly #memory: Memory;
  #key = 0;
  #name = 0;
  #nameSize = -1;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** The offsets of a key, and of a name of so many bytes. */
  verify(key: number, name: number, nameSize: number): void {
    const { bytes, words } = this.#memory;
    const isKnown =
      nameSize === this.#nameSize &&
      haveSameBytes(bytes, { at: name, other: this.#name, size: nameSize });
    const same = this.#key / WORD_BYTES;
    const expected = isKnown
      ? words.subarray(same, same + KEY_WORDS)
      : new Int32Array(upstreamKey(decodeText(bytes.slice(name, name + nameSize))).buffer);
    for (let word = 0; word < KEY_WORDS; word += 1) {
      const isSame = words[key / WORD_BYTES + word] === expected[word];
      demand(isSame, 'the key of a target is that of its name');
    }
    [this.#key, this.#name, this.#nameSize] = [key, name, nameSize];
  }
}

/** Passes words and texts from one offset to another, and never beyond. */
class Walk {
  offset: number;
  readonly #words: Int32Array;
  readonly #end: number;

  constructor({ words }: Memory, start: number, end: number) {
    this.#words = words;
    this.offset = start;
    this.#end = end;
  }

  word(): number {
    return (this.#words[this.pass(WORD_BYTES) / WORD_BYTES] as number) >>> 0;
  }

  /** So many bytes and their padding. Gives the offset at which they begin. */
  pass(sizeBytes: number): number {
    const start = this.offset;
    demand(start + sizeBytes <= this.#end, 'a section holds all of its parts');
    this.offset = start + alignUp(sizeBytes, WORD_BYTES);
    return start;
  }
}

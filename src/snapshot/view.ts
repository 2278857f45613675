// Reads a snapshot on behalf of a worker: which route answers a request, and where an upstream's
// endpoints are. A lookup allocates nothing: no substring, no closure, no iterator, no array.
//
// It trusts the snapshot, which was verified before it was published.

import { assert } from '#base/assert.ts';
import { limits } from '#base/limits.ts';
import {
  KEY_WORDS,
  MAGIC,
  MATCH_EXACT,
  MATCH_PREFIX,
  matchWord,
  PAGE,
  PAGE_WORDS,
  pathTableOffset,
  ROOT,
  ROUTE,
  ROUTE_BYTES,
  SECTION,
  SECTION_BYTES,
  SLOT,
  SLOT_WORDS,
  UPSTREAM,
} from './layout.ts';
import { type Memory, mapMemory } from './memory.ts';
import { readHost } from './read-records.ts';
import { RequestHashes } from './request-hashes.ts';

const CACHE_LINE_BYTES = 64;
/** Header, host key, path table and routes of a host with about ten paths. */
const TOUCHED_BYTES = 7 * CACHE_LINE_BYTES;

export class SnapshotView {
  readonly memory: Memory;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;

  #generation = 0;
  #hostTable = 0;
  // Before the first snapshot both tables are the unused start of the arena, which holds nothing.
  #hostShift = 31;
  #anyHost = 0;
  #defaultRoute = 0;
  #upstreamTable = 0;
  #upstreamShift = 31;

  /** The section that the last lookup led to; 0 for none. */
  #section = 0;

  readonly #request = new RequestHashes();

  /** Where early reads end, so that none of them is optimised away. */
  readonly #touched = new Int32Array(1);

  constructor(memory: SharedArrayBuffer) {
    this.memory = mapMemory(memory);
    this.#words = this.memory.words;
    this.#bytes = this.memory.bytes;
  }

  /** The generation adopted last; 0 before the first, when every lookup finds nothing. */
  get generation(): number {
    return this.#generation;
  }

  /** Reads from the snapshot with this root from here on. */
  adopt(root: number): void {
    const words = this.#words;
    const at = root >> 2;
    assert(
      root > 0 && words[at + ROOT.magic] === MAGIC,
      'a root record lies where it was published',
    );
    this.#section = 0;
    this.#generation = words[at + ROOT.generation] as number;
    this.#request.seed = words[at + ROOT.seed] as number;
    this.#hostTable = words[at + ROOT.hostTable] as number;
    this.#hostShift = words[at + ROOT.hostShift] as number;
    this.#anyHost = words[at + ROOT.anyHost] as number;
    this.#defaultRoute = words[at + ROOT.defaultRoute] as number;
    this.#upstreamTable = words[at + ROOT.upstreamTable] as number;
    this.#upstreamShift = words[at + ROOT.upstreamShift] as number;
  }

  /**
   * The byte offset of the route record that answers a request, or 0. `text` holds one byte in each
   * character, as a request head read as Latin-1 does. The host range has no port and no trailing
   * dot, and is empty for a request without a host; the path range has no query.
   */
  lookup(
    text: string,
    hostStart: number,
    hostEnd: number,
    pathStart: number,
    pathEnd: number,
  ): number {
    // What is too long for a name is none.
    const nameStart = hostEnd - hostStart <= limits.hostBytesMax ? hostStart : hostEnd;
    this.#request.hashHost(text, nameStart, hostEnd);
    this.#touchSlot(this.#request.hostHash);
    this.#request.hashPath(text, pathStart, pathEnd);
    const section = this.#findSection(text, nameStart, hostEnd);
    this.#section = section;
    if (section === 0) return this.#defaultRoute;
    const route = this.#findRoute(section, text, pathStart, pathEnd);
    return route === 0 ? this.#defaultRoute : route;
  }

  /** The virtual host of the route that the last lookup led to; `` for the default route. */
  hostOf(route: number): string {
    return route === this.#defaultRoute ? '' : readHost(this.memory, this.#section);
  }

  /** Makes the section of a host the one that the last lookup led to. `name` is as in `lookup`. */
  lookupHost(name: string): void {
    const end = name.length <= limits.hostBytesMax ? name.length : 0;
    this.#request.hashHost(name, 0, end);
    this.#section = this.#findSection(name, 0, end);
  }

  /**
   * The section that the last lookup led to, if it asks something of connections over TLS; else 0.
   */
  get askingSection(): number {
    const at = this.#section >> 2;
    const words = this.#words;
    if (at === 0) return 0;
    const isAsking = words[at + SECTION.clientRules] !== 0 || words[at + SECTION.passthrough] !== 0;
    return isAsking ? this.#section : 0;
  }

  /** The byte offset of the upstream record with this key (four words), or 0. */
  findUpstream(key: Uint32Array): number {
    const words = this.#words;
    const wanted = (key[0] as number) | 0;
    const page = (this.#upstreamTable >> 2) + (wanted >>> this.#upstreamShift) * PAGE_WORDS;
    const table = (words[page + PAGE.offset] as number) >> 2;
    const mask = words[page + PAGE.mask] as number;
    for (let slot = wanted & mask; ; slot = (slot + 1) & mask) {
      const at = table + slot * SLOT_WORDS;
      const offset = words[at + SLOT.offset] as number;
      if (offset === 0) return 0;
      if (words[at + SLOT.hash] === wanted && this.#hasKey(offset, key)) return offset;
    }
  }

  // A known host answers for itself; then the wildcard of its parent; then any host.
  #findSection(text: string, start: number, end: number): number {
    const { hostHash, parentHash, parentStart } = this.#request;
    // An empty first label is no label, so neither a key with a dot in front nor a wildcard fits.
    if (start === end || parentStart === start) return this.#anyHost;
    let section = this.#probeHost(hostHash, text, start, end);
    if (section === 0 && parentStart !== end) {
      section = this.#probeHost(parentHash, text, parentStart, end);
    }
    return section === 0 ? this.#anyHost : section;
  }

  #probeHost(hash: number, text: string, start: number, end: number): number {
    const words = this.#words;
    const page = (this.#hostTable >> 2) + (hash >>> this.#hostShift) * PAGE_WORDS;
    const table = (words[page + PAGE.offset] as number) >> 2;
    const mask = words[page + PAGE.mask] as number;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const at = table + slot * SLOT_WORDS;
      const section = words[at + SLOT.offset] as number;
      if (section === 0) return 0;
      if (words[at + SLOT.hash] !== hash) continue;
      this.#touchSection(section);
      if (this.#hasHost(section, text, start, end)) return section;
    }
  }

  // A large table is seldom in the cache: its slot is on its way while the path is hashed.
  #touchSlot(hash: number): void {
    const words = this.#words;
    const page = (this.#hostTable >> 2) + (hash >>> this.#hostShift) * PAGE_WORDS;
    const table = (words[page + PAGE.offset] as number) >> 2;
    const slot = hash & (words[page + PAGE.mask] as number);
    this.#touched[0] = words[table + slot * SLOT_WORDS] as number;
  }

  // Nor is a section. These reads do not wait for one another: among 100,000 hosts its seven lines
  // come in 280 ns, where one after the other they took 500.
  #touchSection(section: number): void {
    const words = this.#words;
    const end = (section + TOUCHED_BYTES) >> 2;
    let sum = 0;
    for (let at = section >> 2; at < end; at += CACHE_LINE_BYTES >> 2) sum ^= words[at] as number;
    this.#touched[0] = sum;
  }

  #hasHost(section: number, text: string, start: number, end: number): boolean {
    const size = end - start;
    if (this.#words[(section >> 2) + SECTION.hostSize] !== size) return false;
    const bytes = this.#bytes;
    const from = section + SECTION_BYTES;
    for (let index = 0; index < size; index += 1) {
      if (lowerCase(text.charCodeAt(start + index)) !== bytes[from + index]) return false;
    }
    return true;
  }

  // The Exact route comes first, then the longest Prefix.
  #findRoute(section: number, text: string, start: number, end: number): number {
    const words = this.#words;
    const header = section >> 2;
    const { pathHash, pathDepth, prefixHashes, prefixEnds } = this.#request;
    if (words[header + SECTION.exactCount] !== 0) {
      const route = this.#probePath(section, pathHash, MATCH_EXACT, text, start, end);
      if (route !== 0) return route;
    }
    // Bits of the depths that both the path and some Prefix have; 2 << 31 is 0, so 31 gives all.
    let pending = (words[header + SECTION.depthMask] as number) & ((2 << pathDepth) - 1);
    while (pending !== 0) {
      const depth = 31 - Math.clz32(pending);
      const prefixHash = ~(prefixHashes[depth] as number);
      const prefixEnd = prefixEnds[depth] as number;
      const route = this.#probePath(section, prefixHash, MATCH_PREFIX, text, start, prefixEnd);
      if (route !== 0) return route;
      pending ^= 1 << depth;
    }
    return 0;
  }

  #probePath(
    section: number,
    hash: number,
    type: number,
    text: string,
    start: number,
    end: number,
  ): number {
    const words = this.#words;
    const header = section >> 2;
    const mask = words[header + SECTION.pathMask] as number;
    const table = (section + pathTableOffset(words[header + SECTION.hostSize] as number)) >> 2;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const at = table + slot * SLOT_WORDS;
      const offset = words[at + SLOT.offset] as number;
      if (offset === 0) return 0;
      if (
        words[at + SLOT.hash] === hash &&
        this.#hasPath(section + offset, type, text, start, end)
      ) {
        return section + offset;
      }
    }
  }

  #hasPath(route: number, type: number, text: string, start: number, end: number): boolean {
    const size = end - start;
    if (this.#words[(route >> 2) + ROUTE.match] !== matchWord(type, size)) return false;
    const bytes = this.#bytes;
    const from = route + ROUTE_BYTES;
    for (let index = 0; index < size; index += 1) {
      if (text.charCodeAt(start + index) !== bytes[from + index]) return false;
    }
    return true;
  }

  #hasKey(upstream: number, key: Uint32Array): boolean {
    const at = (upstream >> 2) + UPSTREAM.key;
    for (let word = 0; word < KEY_WORDS; word += 1) {
      if ((this.#words[at + word] as number) >>> 0 !== key[word]) return false;
    }
    return true;
  }
}

/** ASCII only: a host name's other bytes have no case. */
function lowerCase(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
}

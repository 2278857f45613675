// Which endpoints fail, known to all workers of the node: a table in shared memory, written by
// every worker and touched only through Atomics. It decides when an endpoint is ejected and for how
// long; what an upstream makes of that is its own matter. Time comes in as `nowMs`, of one clock.
//
//   line 0     EPOCH         counts what changes who is ejected
//   line 1+n   slot n        a line each, found by open addressing on the endpoint's key:
//              VERSION       0 never used; odd while its key is written; even and more: in use
//              KEY           four words, see endpointKey
//              FAILURES      in a row, those before an ejection included
//              EJECTIONS     in a row: the next one lasts twice as long as the last
//              UNTIL         the tick at which the ejection ends; 0 for none
//              FAILED        the tick of the last failure
//
// Only an endpoint that has failed takes a slot, and gives it back when it succeeds or when nobody
// has heard of it for `healthForgetMs`. Two workers that race for a slot may lose one failure or
// count it twice, and both are harmless: the next failure counts.

import { contentKey } from '#base/hash.ts';
import { limits } from '#base/limits.ts';

const WORDS_PER_LINE = 16;
const EPOCH = 0;
const SLOTS = 1 * WORDS_PER_LINE;
const [VERSION, KEY, FAILURES, EJECTIONS, UNTIL, FAILED] = [0, 1, 5, 6, 7, 8] as const;
const KEY_WORDS = 4;
const FORGET_TICKS = limits.healthForgetMs / limits.timerTickMs;

/** An endpoint's key in the table: the same in every worker and generation. */
/** `transport` tells ways of speaking to it apart: who fails in one may do well in another. */
export function endpointKey(address: string, port: number, transport = ''): Uint32Array {
  return contentKey(`${address} ${port} ${transport}`);
}

export class EndpointHealth {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #slotCount: number;

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
    this.#slotCount = this.#words.length / WORDS_PER_LINE - 1;
  }

  static create(slotCount: number = limits.healthSlotsMax): EndpointHealth {
    const words = SLOTS + slotCount * WORDS_PER_LINE;
    return new EndpointHealth(new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT));
  }

  static attach(buffer: SharedArrayBuffer): EndpointHealth {
    return new EndpointHealth(buffer);
  }

  /** Another number after each change of what is known; 0 while no endpoint has ever failed. */
  get epoch(): number {
    return Atomics.load(this.#words, EPOCH);
  }

  /** Whether failures of this endpoint stand, so that its successes have to be told. */
  isSuspect(key: Uint32Array): boolean {
    const slot = this.#find(key);
    return slot !== 0 && Atomics.load(this.#words, slot + FAILURES) > 0;
  }

  /** When the ejection of this endpoint ends, in milliseconds; 0 if none is in force. */
  ejectedUntilMs(key: Uint32Array, nowMs: number): number {
    const slot = this.#find(key);
    const until = slot === 0 ? 0 : this.#read(slot + UNTIL);
    return until > tickOf(nowMs) ? until * limits.timerTickMs : 0;
  }

  /** Counts a failure; true if it ejects the endpoint. While it is ejected nothing counts. */
  recordFailure(key: Uint32Array, nowMs: number): boolean {
    const now = tickOf(nowMs);
    const slot = this.#claim(key, now);
    if (slot === 0) return false;
    const words = this.#words;
    const until = this.#read(slot + UNTIL);
    if (until > now) return false;
    if (now - this.#read(slot + FAILED) > FORGET_TICKS) this.#clear(slot);
    Atomics.store(words, slot + FAILED, now);
    const failures = Atomics.add(words, slot + FAILURES, 1) + 1;
    // Every worker has to know, so that a success there counts against this failure.
    if (failures === 1) Atomics.add(words, EPOCH, 1);
    if (failures < limits.failuresToEject) return false;
    const ejections = Atomics.load(words, slot + EJECTIONS);
    const end = now + ejectionMs(ejections) / limits.timerTickMs;
    // Of workers that fail at one moment a single one ejects.
    if (Atomics.compareExchange(words, slot + UNTIL, until | 0, end | 0) !== (until | 0)) {
      return false;
    }
    Atomics.store(words, slot + EJECTIONS, ejections + 1);
    Atomics.add(words, EPOCH, 1);
    return true;
  }

  /**
   * Forgets the failures of an endpoint; true if it is above suspicion. While it is ejected nothing
   * counts: what it answers was asked before.
   */
  recordSuccess(key: Uint32Array, nowMs: number): boolean {
    const slot = this.#find(key);
    if (slot === 0) return true;
    if (this.#read(slot + UNTIL) > tickOf(nowMs)) return false;
    this.#clear(slot);
    return true;
  }

  /** How many endpoints are ejected. */
  countEjected(nowMs: number): number {
    const now = tickOf(nowMs);
    let count = 0;
    for (let slot = SLOTS; slot < this.#words.length; slot += WORDS_PER_LINE) {
      if (this.#read(slot + UNTIL) > now) count += 1;
    }
    return count;
  }

  /** A tick is unsigned: 13 years of uptime fit. */
  #read(index: number): number {
    return Atomics.load(this.#words, index) >>> 0;
  }

  #clear(slot: number): void {
    Atomics.store(this.#words, slot + FAILURES, 0);
    Atomics.store(this.#words, slot + EJECTIONS, 0);
    Atomics.store(this.#words, slot + UNTIL, 0);
  }

  /** The slot of this key; 0 if it has none. A slot once used is never empty again. */
  #find(key: Uint32Array): number {
    for (let probe = 0; probe < limits.healthProbesMax; probe += 1) {
      const slot = this.#slotAt(key, probe);
      const version = Atomics.load(this.#words, slot + VERSION);
      if (version === 0) return 0;
      if (version % 2 === 0 && this.#hasKey(slot, key)) return slot;
    }
    return 0;
  }

  /** The slot of this key, taken if it has none; 0 if others hold all that it may take. */
  #claim(key: Uint32Array, now: number): number {
    const known = this.#find(key);
    if (known !== 0) return known;
    for (let probe = 0; probe < limits.healthProbesMax; probe += 1) {
      const slot = this.#slotAt(key, probe);
      const version = Atomics.load(this.#words, slot + VERSION);
      if (version === 0 || this.#isStale(slot, now)) return this.#take(slot, version, key, now);
    }
    return 0;
  }

  /** Not again if another worker was faster: the next failure finds a slot. */
  #take(slot: number, version: number, key: Uint32Array, now: number): number {
    const words = this.#words;
    // A worker that died while it wrote has left an odd version behind.
    const writing = (version + 1) | 1;
    if (Atomics.compareExchange(words, slot + VERSION, version, writing) !== version) return 0;
    // First, since an old one lets another worker take the slot.
    Atomics.store(words, slot + FAILED, now);
    for (let word = 0; word < KEY_WORDS; word += 1) {
      Atomics.store(words, slot + KEY + word, key[word]!);
    }
    this.#clear(slot);
    Atomics.store(words, slot + VERSION, writing + 1);
    return slot;
  }

  #isStale(slot: number, now: number): boolean {
    if (now - this.#read(slot + FAILED) > FORGET_TICKS) return true;
    const isInUse = Atomics.load(this.#words, slot + VERSION) % 2 === 0;
    return isInUse && Atomics.load(this.#words, slot + FAILURES) === 0;
  }

  #slotAt(key: Uint32Array, probe: number): number {
    return SLOTS + ((key[0]! + probe) % this.#slotCount) * WORDS_PER_LINE;
  }

  #hasKey(slot: number, key: Uint32Array): boolean {
    for (let word = 0; word < KEY_WORDS; word += 1) {
      if (this.#read(slot + KEY + word) !== key[word]) return false;
    }
    return true;
  }
}

/** How long the ejection lasts that follows `ejections` in a row. */
function ejectionMs(ejections: number): number {
  return Math.min(limits.ejectionMaxMs, limits.ejectionBaseMs * 2 ** ejections);
}

function tickOf(nowMs: number): number {
  return Math.floor(nowMs / limits.timerTickMs);
}

// The counters of one worker, in shared memory of its own: the worker adds, the main thread reads
// when it is scraped, and no message passes. Touched only through Atomics.
//
//   words 0..         one 64-bit counter (low word, high word) for each entry of COUNTERS
//   then              the latency histogram: one counter per bound, one for above, the sum in us
//   then              ROUTE_COUNT, the number of route slots in use
//   then, per slot    the route's key (4 words), then a counter for each entry of STATUS_CLASSES
//
// Route slots are claimed in the order in which a worker first meets a route; the key says which
// route it is. Slot 0 has the key zero and counts what no route answers, or finds no slot left.

import { formatKey } from '#base/hash.ts';
import { limits } from '#base/limits.ts';

export const COUNTERS = [
  'downstreamConnections',
  'downstreamConnectionsClosed',
  'requestsRefused',
  'requestsNotAdmitted',
  'passthroughConnections',
  'passthroughFailures',
  'http2Floods',
  'http2SessionErrors',
  'upstreamConnects',
  'upstreamConnectFailures',
  'upstreamTlsFailures',
  'upstreamReuses',
  'upstreamProtocolErrors',
  'upstreamRefusals',
  'upstreamTimeouts',
  'upstreamRetries',
  'upstreamRetriesDenied',
  'endpointEjections',
  'requestsOverInFlightLimit',
  'requestsOverConnectingLimit',
  'connectionsOverTotalLimit',
  'connectionsOverClientLimit',
  'connectionsShed',
  'descriptorShortages',
  'tlsHandshakes',
  'tlsResumptions',
  'tlsHandshakeFailures',
  'tlsHandshakesOverLimit',
  'tlsCertificateFailures',
  'accessLogLinesDropped',
  'accessLogFailures',
] as const;
export type CounterName = (typeof COUNTERS)[number];

/** Upper bounds of the latency histogram, in microseconds; one more bucket takes the rest. */
export const LATENCY_BOUNDS_US = [
  250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
  2_500_000, 5_000_000, 10_000_000,
] as const;

export const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;

const WORDS_PER_COUNTER = 2;
const LATENCY = COUNTERS.length * WORDS_PER_COUNTER;
const LATENCY_SUM = LATENCY + (LATENCY_BOUNDS_US.length + 1) * WORDS_PER_COUNTER;
const ROUTE_COUNT = LATENCY_SUM + WORDS_PER_COUNTER;
const ROUTES = ROUTE_COUNT + 1;
const KEY_WORDS = 4;
const WORDS_PER_ROUTE = KEY_WORDS + STATUS_CLASSES.length * WORDS_PER_COUNTER;

const INDEX_OF = Object.fromEntries(
  COUNTERS.map((name, index) => [name, index * WORDS_PER_COUNTER]),
) as Readonly<Record<CounterName, number>>;

export interface RouteCounts {
  /** The 128-bit key of the route, as 32 hexadecimal digits; all zero for the overflow slot. */
  readonly key: string;
  /** Responses by status class, in the order of STATUS_CLASSES. */
  readonly responses: readonly number[];
}

export interface LatencyCounts {
  /** One count per bound of LATENCY_BOUNDS_US and one for above; not cumulative. */
  readonly buckets: readonly number[];
  readonly sumUs: number;
}

export class WorkerCounters {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  /** Slots by key, as far as this reader or writer has met them. */
  readonly #slots = new Map<string, number>();

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
  }

  static create(): WorkerCounters {
    const words = ROUTES + limits.routeCountersMax * WORDS_PER_ROUTE;
    const counters = new WorkerCounters(
      new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT),
    );
    counters.#words[ROUTE_COUNT] = 1;
    return counters;
  }

  /** A worker that was restarted goes on with the slots of the one before. */
  static attach(buffer: SharedArrayBuffer): WorkerCounters {
    const counters = new WorkerCounters(buffer);
    for (const [slot, { key }] of counters.readRoutes().entries()) counters.#slots.set(key, slot);
    return counters;
  }

  increment(name: CounterName): void {
    this.#add(INDEX_OF[name], 1);
  }

  read(name: CounterName): number {
    return this.#read(INDEX_OF[name]);
  }

  recordLatency(durationUs: number): void {
    let bucket = 0;
    while (
      bucket < LATENCY_BOUNDS_US.length &&
      durationUs > (LATENCY_BOUNDS_US[bucket] as number)
    ) {
      bucket += 1;
    }
    this.#add(LATENCY + bucket * WORDS_PER_COUNTER, 1);
    this.#add(LATENCY_SUM, Math.min(Math.round(durationUs), 0xffff_ffff));
  }

  readLatency(): LatencyCounts {
    const buckets = [];
    for (let bucket = 0; bucket <= LATENCY_BOUNDS_US.length; bucket += 1) {
      buckets.push(this.#read(LATENCY + bucket * WORDS_PER_COUNTER));
    }
    return { buckets, sumUs: this.#read(LATENCY_SUM) };
  }

  /** The slot of the route with this key, claimed if there is none; 0 when all are taken. */
  claimRoute(key: Uint32Array): number {
    const name = formatKey(key);
    const known = this.#slots.get(name);
    if (known !== undefined) return known;
    const slot = Atomics.load(this.#words, ROUTE_COUNT);
    if (slot === limits.routeCountersMax) return 0;
    for (let word = 0; word < KEY_WORDS; word += 1) {
      Atomics.store(this.#words, ROUTES + slot * WORDS_PER_ROUTE + word, key[word]!);
    }
    Atomics.store(this.#words, ROUTE_COUNT, slot + 1);
    this.#slots.set(name, slot);
    return slot;
  }

  recordResponse(routeSlot: number, status: number): void {
    const statusClass = ((status / 100) | 0) - 1;
    this.#add(
      ROUTES + routeSlot * WORDS_PER_ROUTE + KEY_WORDS + statusClass * WORDS_PER_COUNTER,
      1,
    );
  }

  readRoutes(): RouteCounts[] {
    const count = Atomics.load(this.#words, ROUTE_COUNT);
    return Array.from({ length: count }, (_, slot) => this.#readRoute(slot));
  }

  #readRoute(slot: number): RouteCounts {
    const start = ROUTES + slot * WORDS_PER_ROUTE;
    const key = new Uint32Array(KEY_WORDS);
    for (let word = 0; word < KEY_WORDS; word += 1) {
      key[word] = Atomics.load(this.#words, start + word);
    }
    const responses = STATUS_CLASSES.map((_, index) =>
      this.#read(start + KEY_WORDS + index * WORDS_PER_COUNTER),
    );
    return { key: formatKey(key), responses };
  }

  #add(index: number, amount: number): void {
    const before = Atomics.add(this.#words, index, amount) >>> 0;
    if (before + amount > 0xffff_ffff) Atomics.add(this.#words, index + 1, 1);
  }

  // The writer carries into the high word after the low one has wrapped, so a reader may meet a
  // moment in which the carry is missing; it then reads a small count once and a right one after.
  #read(index: number): number {
    const low = Atomics.load(this.#words, index) >>> 0;
    const high = Atomics.load(this.#words, index + 1) >>> 0;
    return high * 0x1_0000_0000 + low;
  }
}

// How long one lookup takes and how many bytes it allocates, at 10, 1,000 and 100,000 hosts of ten
// paths each. Run with --expose-gc.
//
// Request heads are scanned just before they are looked up, as the codec does, so that the head is
// in the cache and the tables need not be; only the lookups are timed.

import { sortedList } from '#base/sorted-list.ts';
import { buildSnapshot } from '#compile/build-snapshot.ts';
import { NO_ENDPOINTS } from '#plan/endpoint-plan.ts';
import { compareText } from '#plan/precedence.ts';
import { ADMITS_ANY, type Route, type RoutingPlan, type VirtualHost } from '#plan/routing-plan.ts';
import { SnapshotView } from '#snapshot/view.ts';
import { spread } from '../lib/statistics.ts';
import { formatTable } from '../lib/table.ts';

const HOST_COUNTS = [10, 1_000, 100_000] as const;
const PATHS = [
  'Exact /',
  'Exact /healthz',
  'Prefix /',
  'Prefix /api',
  'Prefix /api/v1',
  'Prefix /api/v1/orders',
  'Prefix /api/v2',
  'Prefix /assets',
  'Prefix /admin/users',
  'Prefix /static/images',
] as const;
const REQUEST_PATHS = [
  '/',
  '/healthz',
  '/index.html',
  '/api/v1/orders/4711',
  '/api/v1/customers?page=2',
  '/api/v2',
  '/assets/app.js',
  '/admin/users/7/edit',
  '/static/images/logo.png',
  '/cart/items?limit=20',
] as const;
/** Requests whose host nobody knows, of every hundred. */
const MISSES_PERCENT = 10;
const REQUESTS = 65_536;
const BATCH = 64;
const WARM_UP_ROUNDS = 3;
const ROUNDS = 21;
const ALLOCATION_CALLS = 1_000_000;
const SEED = 0x2545_f491;

/** Where results go, so that no work is optimised away. */
const sink = new Int32Array(1);

interface Heads {
  readonly texts: readonly string[];
  /** Host start, host end, path start, path end of each head. */
  readonly ranges: Int32Array;
}

interface Candidate {
  readonly hosts: number;
  readonly view: SnapshotView;
  readonly heads: Heads;
  /** Nanoseconds of one lookup in each round. */
  readonly times: number[];
}

/** A small generator with a seed, so that every run asks the same (xorshift32). */
function randomFrom(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

function hostName(index: number): string {
  return `tenant-${index}.apps.cluster-${index % 7}.example.com`;
}

function planOf(hostCount: number): RoutingPlan {
  const routes = PATHS.map((rule): Route => {
    const [type, path] = rule.split(' ') as ['Exact' | 'Prefix', string];
    return {
      match: { type, path },
      filters: [],
      upstreams: [{ name: 'shop/backend:80', weight: 1 }],
      source: {
        object: { kind: 'Ingress', namespace: 'shop', name: 'shop' },
        field: 'spec.rules[0].http.paths[0]',
      },
    };
  });
  const virtualHosts: VirtualHost[] = [];
  for (let index = 0; index < hostCount; index += 1) {
    virtualHosts.push({ host: hostName(index), routes, ...ADMITS_ANY });
  }
  virtualHosts.sort((a, b) => compareText(a.host, b.host));
  return { virtualHosts: sortedList(virtualHosts), defaultRoute: null };
}

function headsFor(hostCount: number): Heads {
  const random = randomFrom(SEED);
  const texts: string[] = [];
  const ranges = new Int32Array(REQUESTS * 4);
  for (let request = 0; request < REQUESTS; request += 1) {
    const isMiss = random(100) < MISSES_PERCENT;
    const host = hostName(isMiss ? hostCount + random(hostCount) : random(hostCount));
    const target = REQUEST_PATHS[random(REQUEST_PATHS.length)] as string;
    const path = target.split('?', 1)[0] as string;
    const head =
      `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n` +
      `Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\nAccept-Encoding: gzip, br\r\n` +
      `Cookie: session=${random(2 ** 31).toString(36)}\r\nConnection: keep-alive\r\n\r\n`;
    const hostStart = head.indexOf('Host: ') + 6;
    // A flat string of its own, as one that was read from a socket is.
    texts.push(Buffer.from(head, 'latin1').toString('latin1'));
    ranges.set([hostStart, hostStart + host.length, 4, 4 + path.length], request * 4);
  }
  return { texts, ranges };
}

/** Calls for requests first..end; the sum keeps the calls from being optimised away. */
function lookUp(view: SnapshotView, { texts, ranges }: Heads, first: number, end: number): number {
  let sum = 0;
  for (let request = first; request < end; request += 1) {
    const at = request * 4;
    const route = view.lookup(
      texts[request] as string,
      ranges[at] as number,
      ranges[at + 1] as number,
      ranges[at + 2] as number,
      ranges[at + 3] as number,
    );
    sum = (sum + route) | 0;
  }
  return sum;
}

function scan({ texts }: Heads, first: number, end: number): number {
  let sum = 0;
  for (let request = first; request < end; request += 1) {
    const text = texts[request] as string;
    for (let index = 0; index < text.length; index += 1) sum = (sum + text.charCodeAt(index)) | 0;
  }
  return sum;
}

/** Nanoseconds for one call, as a mean over one pass in batches. */
function timePass(view: SnapshotView, heads: Heads): number {
  let elapsedMs = 0;
  for (let first = 0; first < REQUESTS; first += BATCH) {
    sink[0] = scan(heads, first, first + BATCH);
    const start = performance.now();
    sink[0] = lookUp(view, heads, first, first + BATCH);
    elapsedMs += performance.now() - start;
  }
  return (elapsedMs * 1e6) / REQUESTS;
}

function allocatedBytes(view: SnapshotView, heads: Heads): number {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  for (let calls = 0; calls < ALLOCATION_CALLS; calls += REQUESTS) lookUp(view, heads, 0, REQUESTS);
  return (process.memoryUsage().heapUsed - before) / ALLOCATION_CALLS;
}

function prepare(hosts: number): Candidate {
  const { arena, root } = buildSnapshot(planOf(hosts), NO_ENDPOINTS, { seed: SEED });
  const view = new SnapshotView(arena.buffer);
  view.adopt(root);
  return { hosts, view, heads: headsFor(hosts), times: [] };
}

function main(): void {
  if (globalThis.gc === undefined) throw new Error('run with node --expose-gc');
  const candidates = HOST_COUNTS.map(prepare);
  const [base] = candidates as [Candidate];
  // In turn, so that whatever else the machine does meets all of them alike.
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    for (const { view, heads, times } of candidates) {
      const time = timePass(view, heads);
      if (round >= 0) times.push(time);
    }
  }
  const rows = candidates.map(({ hosts, view, heads, times }) => {
    const time = spread(times);
    const ratio = spread(times.map((one, round) => one / (base.times[round] as number)));
    return [
      hosts.toLocaleString('en'),
      time.median.toFixed(0),
      `${time.min.toFixed(0)}..${time.max.toFixed(0)}`,
      ratio.median.toFixed(2),
      allocatedBytes(view, heads).toFixed(1),
    ];
  });
  const heading = ['hosts', 'ns per lookup', 'spread', 'ratio to 10', 'bytes per lookup'];
  process.stdout.write(formatTable([heading, ...rows]));
}

main();

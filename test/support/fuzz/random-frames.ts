// Frames of HTTP/2 that mostly make sense and sometimes do not, in an order that is mostly allowed;
// and bytes cut into pieces of any size.

import * as h2 from '../http2-frames.ts';
import type { Random } from '../seeded-random.ts';

const HOSTS = ['a.test', 'elsewhere.test'];

/** A chance of one in `bound`. */
function isRare(random: Random, bound: number): boolean {
  return random.below(bound) === 0;
}

export function randomFrames(random: Random): Buffer[] {
  let nextId = 1;
  const anyId = (): number =>
    isRare(random, 20) ? random.below(20) : 1 + 2 * random.below(nextId);
  const open = (): Buffer[] => {
    const id = nextId;
    nextId += isRare(random, 10) ? 4 : 2;
    return randomRequest(random, id);
  };
  const makers: readonly (() => Buffer[])[] = [
    open,
    open,
    open,
    () => [h2.data(anyId(), 'x'.repeat(random.below(600)), random.below(2))],
    () => [h2.data(anyId(), '', random.below(2))],
    () => [h2.frame(0, 8, anyId(), Buffer.alloc(1 + random.below(40), random.below(40)))],
    () => [h2.headers(anyId(), [['x-trailer', 'y']], random.pick([4, 5]))],
    () => [h2.rstStream(anyId(), random.below(14))],
    () => [h2.windowUpdate(random.pick([0, anyId()]), 1 + random.below(100_000))],
    () => [h2.settings([4, random.below(100_000)])],
    () => [h2.settings([1 + random.below(9), random.below(3) * 8_192])],
    () => [h2.ping()],
    () => [h2.frame(2, 0, anyId(), Buffer.alloc(5))],
    () => [h2.frame(10 + random.below(200), random.below(256), anyId(), Buffer.alloc(30))],
    () => [randomFrame(random, anyId())],
  ];
  return Array.from({ length: 1 + random.below(40) }, () => random.pick(makers)()).flat();
}

/** Now and then in several pieces, malformed, or with content to come. */
function randomRequest(random: Random, id: number): Buffer[] {
  const host = random.pick(HOSTS);
  const method = random.pick(['GET', 'HEAD', 'POST', 'get me']);
  const fields = h2.request(...(isRare(random, 8) ? [['X-Bad', 'y'] as const] : []));
  const named = fields.map(([name, value]): readonly [string, string] => {
    if (name === ':authority') return [name, host];
    return name === ':method' ? [name, method] : [name, value];
  });
  const ends = random.below(2);
  if (!isRare(random, 5)) return [h2.headers(id, named, h2.Flag.endHeaders | ends)];
  const block = h2.fieldBlock(named);
  const cut = random.below(block.length);
  return [
    h2.frame(h2.FrameType.headers, ends, id, block.subarray(0, cut)),
    h2.frame(h2.FrameType.continuation, h2.Flag.endHeaders, id, block.subarray(cut)),
  ];
}

/** Nothing about it is right but its length, and not always that. */
function randomFrame(random: Random, id: number): Buffer {
  const payload = Buffer.from(Array.from({ length: random.below(20) }, () => random.below(256)));
  const length = isRare(random, 30) ? 0xffff : payload.length;
  return h2.frame(random.below(12), random.below(256), id, payload, length);
}

export function randomPieces(random: Random, bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 1 + random.below(random.pick([3, 30, 3_000])));
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
}

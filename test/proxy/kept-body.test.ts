import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { KeptBody } from '#proxy/upstream/kept-body.ts';

describe('the body of a request', () => {
  it('is kept as it was, whatever becomes of the bytes', () => {
    const body = new KeptBody({ total: 0 });
    const bytes = Buffer.from('one');
    body.add(bytes);
    bytes.fill(0);
    body.add(Buffer.from('two'));
    expect(body.take().toString()).toBe('onetwo');
  });

  // biome-ignore format: a table
  it.each([
    ['within its bound',     0,                              limits.keptBodyBytesMax,     false],
    ['beyond it',            0,                              limits.keptBodyBytesMax + 1, true],
    ['in the last room',     limits.keptBodiesBytesMax - 10, 10,                          false],
    ['without room for all', limits.keptBodiesBytesMax - 10, 11,                          true],
  ])('%s (%i bytes of others, %i of its own) is gone: %o', (_, others, size, isGone) => {
    const kept = { total: others };
    const body = new KeptBody(kept);
    body.add(Buffer.alloc(1));
    body.add(Buffer.alloc(size - 1));
    expect(body.isGone).toBe(isGone);
    expect(kept.total).toBe(isGone ? others : others + size);
  });

  it('gives its room back when it is let go, once', () => {
    const kept = { total: 0 };
    const body = new KeptBody(kept);
    body.add(Buffer.alloc(7));
    body.letGo();
    body.letGo();
    body.add(Buffer.alloc(7));
    expect(kept.total).toBe(0);
  });
});

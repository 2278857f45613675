import { describe, expect, it } from 'vitest';
import { ReceiveWindow, SendWindow } from '#proxy/http2/flow-window.ts';

const LARGEST = 2 ** 31 - 1;

describe('what we may send', () => {
  it('is what the client allows, less what was sent', () => {
    const window = new SendWindow(10);
    window.take(10);
    expect(window.size).toBe(0);
    expect(window.grow(5)).toBe(true);
    expect(window.size).toBe(5);
  });

  it('is less than nothing when the client makes its first window smaller (6.9.2)', () => {
    const window = new SendWindow(65_535);
    window.take(60_000);
    expect(window.grow(16_384 - 65_535)).toBe(true);
    expect(window.size).toBe(16_384 - 60_000);
  });

  it.each([
    ['may be the largest there is', 1, LARGEST - 1, true],
    ['and no more', 1, LARGEST, false],
    ['nor by one on the largest', LARGEST, 1, false],
  ])('%s', (_, size, increment, isAllowed) => {
    expect(new SendWindow(size).grow(increment)).toBe(isAllowed);
  });
});

describe('what the client may send', () => {
  it('is the window, and not a byte more', () => {
    expect(new ReceiveWindow(100).receive(100)).toBe(true);
    expect(new ReceiveWindow(100).receive(101)).toBe(false);
  });

  it('is told in steps of half a window', () => {
    const window = new ReceiveWindow(100);
    window.receive(100);
    expect([30, 19, 1, 49, 1].map((bytes) => window.release(bytes))).toEqual([0, 0, 50, 0, 50]);
  });

  it('grows by what was told, and by nothing before', () => {
    const window = new ReceiveWindow(100);
    window.receive(100);
    window.release(49);
    expect(window.receive(1)).toBe(false);
    window.reset();
    window.receive(100);
    window.release(60);
    expect(window.receive(60)).toBe(true);
    expect(window.receive(1)).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { TicketKeys, ticketKey } from '#proxy/tls/ticket-keys.ts';

const SECRET = Buffer.alloc(32, 7);
const HOUR_MS = 3_600_000;
const [BEFORE, CURRENT, NEXT] = [99, 100, 101].map((period) => ticketKey(SECRET, period).name);
const START_MS = 100 * limits.ticketKeysLastMs;

describe('a ticket key', () => {
  it('is the same wherever secret and period are, and of the size that TLS takes', () => {
    expect(ticketKey(SECRET, 1)).toEqual(ticketKey(Buffer.from(SECRET), 1));
    expect(ticketKey(SECRET, 1).bytes).toHaveLength(48);
  });

  it('has nothing in common with that of another period or secret', () => {
    const { name, bytes } = ticketKey(SECRET, 1);
    for (const other of [ticketKey(SECRET, 2), ticketKey(Buffer.alloc(32, 8), 1)]) {
      expect(other.name).not.toBe(name);
      expect(other.bytes.subarray(16).equals(bytes.subarray(16))).toBe(false);
    }
    expect(bytes.includes(SECRET.subarray(0, 8))).toBe(false);
  });
});

describe('the keys in use', () => {
  it.each([
    ['as a period begins', 0, [CURRENT, BEFORE]],
    ['while sessions of the one before may live', 2 * HOUR_MS - 1, [CURRENT, BEFORE]],
    ['after them', 2 * HOUR_MS, [CURRENT]],
    ['as it ends', 6 * HOUR_MS - 1, [CURRENT]],
    ['in the next one', 6 * HOUR_MS, [NEXT, CURRENT]],
  ])('%s, %i ms after its begin', (_, afterMs, names) => {
    const keys = new TicketKeys();
    expect(keys.refresh(SECRET, START_MS + afterMs)).toBe(true);
    expect(keys.inUse.map(({ name }) => name)).toEqual(names);
    expect(keys.refresh(Buffer.from(SECRET), START_MS + afterMs)).toBe(false);
  });

  it('are others, all of them, with another secret', () => {
    const keys = new TicketKeys();
    keys.refresh(SECRET, START_MS);
    expect(keys.refresh(Buffer.alloc(32, 8), START_MS)).toBe(true);
    expect(keys.choose([CURRENT ?? '', BEFORE ?? ''])).toBe(keys.inUse[0]);
    expect(keys.inUse.map(({ name }) => name)).not.toContain(CURRENT);
  });

  it.each([
    ['no ticket', [], CURRENT],
    ['a ticket of this period', [CURRENT], CURRENT],
    ['one of the period before', [BEFORE], BEFORE],
    ['one that nobody knows', ['00'], CURRENT],
    ['several', ['00', BEFORE, CURRENT], BEFORE],
  ])('are chosen by what a client brings: %s', (_, names, chosen) => {
    const keys = new TicketKeys();
    keys.refresh(SECRET, START_MS);
    expect(keys.choose(names.map(String))?.name).toBe(chosen);
  });

  it('are none before there is a secret', () => {
    expect(new TicketKeys().choose([])).toBe(null);
  });
});

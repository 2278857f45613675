import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { ticketKeys, ticketPeriod } from '#proxy/tls/ticket-keys.ts';

const SECRET = Buffer.alloc(32, 7);
const HOURS_MS = 3_600_000;

describe('ticket keys', () => {
  it.each([
    [0, 0],
    [limits.ticketKeysLastMs - 1, 0],
    [limits.ticketKeysLastMs, 1],
    [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 1) / (6 * HOURS_MS)],
  ])('at %i are those of period %i', (nowMs, period) => {
    expect(ticketPeriod(nowMs)).toBe(period);
  });

  it('are the same wherever secret and period are, and of the size that TLS takes', () => {
    expect(ticketKeys(SECRET, 1)).toEqual(ticketKeys(Buffer.from(SECRET), 1));
    expect(ticketKeys(SECRET, 1)).toHaveLength(48);
  });

  it('have nothing in common with those of another period or secret', () => {
    const keys = ticketKeys(SECRET, 1);
    expect(ticketKeys(SECRET, 2)).not.toEqual(keys);
    expect(ticketKeys(Buffer.alloc(32, 8), 1)).not.toEqual(keys);
    expect(keys.includes(SECRET.subarray(0, 8))).toBe(false);
  });
});

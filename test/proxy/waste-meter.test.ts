import { describe, expect, test } from 'vitest';
import { limits } from '#base/limits.ts';
import { WasteMeter } from '#proxy/http2/waste-meter.ts';

const { http2WastedStreamsMax, http2WastedStreamsPerSecond } = limits;

/** Wastes streams at `nowMs` until it is too many, and says how many were let pass. */
function waste(meter: WasteMeter, nowMs: number): number {
  for (let count = 0; count <= 2 * http2WastedStreamsMax; count += 1) {
    if (!meter.streamWasted(nowMs)) return count;
  }
  return Number.POSITIVE_INFINITY;
}

describe('wasted streams', () => {
  test('so many at once, and no more', () => {
    expect(waste(new WasteMeter(0), 0)).toBe(http2WastedStreamsMax);
  });

  test('some are forgiven each second', () => {
    const meter = new WasteMeter(0);
    waste(meter, 0);
    expect(waste(meter, 10_000)).toBe(10 * http2WastedStreamsPerSecond - 1);
  });

  test('an answered request pays for a wasted one', () => {
    const meter = new WasteMeter(0);
    for (let count = 0; count < 10 * http2WastedStreamsMax; count += 1) {
      meter.streamAnswered();
      expect(meter.streamWasted(0)).toBe(true);
    }
  });

  test('nothing is saved up beyond the burst', () => {
    const meter = new WasteMeter(0);
    for (let count = 0; count < http2WastedStreamsMax; count += 1) meter.streamAnswered();
    expect(waste(meter, 1_000_000)).toBe(http2WastedStreamsMax);
  });
});

describe('received bytes', () => {
  const { http2IdleBytesMax: idle, http2BytesPerPayloadByte: perByte } = limits;
  const perSecond = limits.http2IdleBytesPerSecond;
  const cases: readonly [
    name: string,
    received: number,
    payload: number,
    nowMs: number,
    isWorth: boolean,
  ][] = [
    ['a session may begin with frames that carry nothing', idle, 0, 0, true],
    ['but not with more', idle + 1, 0, 0, false],
    ['payload is worth its frames', idle + perByte, 1, 0, true],
    ['and no more than that', idle + perByte + 1, 1, 0, false],
    ['pings in the course of time are let pass', idle + 60 * perSecond, 0, 60_000, true],
    ['and not more of them', idle + 60 * perSecond + 1, 0, 60_000, false],
  ];

  test.each(cases)('%s', (_, received, payload, nowMs, isWorth) => {
    const meter = new WasteMeter(0);
    meter.countPayload(payload);
    expect(meter.isWorth(received, nowMs)).toBe(isWorth);
  });
});

import { describe, expect, it } from 'vitest';
import {
  CERTIFICATE,
  CERTIFICATE_BYTES,
  DETAILS,
  DETAILS_BYTES,
  ENDPOINT_BYTES,
  MATCH_EXACT,
  MATCH_PREFIX,
  matchWord,
  pathTableOffset,
  ROOT,
  ROOT_BYTES,
  ROUTE,
  ROUTE_BYTES,
  SECTION,
  SECTION_BYTES,
  SERVER_NAME,
  SERVER_NAME_BYTES,
  slotCount,
  splitMatchWord,
  UPSTREAM,
  UPSTREAM_BYTES,
} from '#snapshot/layout.ts';

describe('the layout', () => {
  it.each([
    ['root', ROOT, ROOT_BYTES, 80],
    ['server name', SERVER_NAME, SERVER_NAME_BYTES, 16],
    ['certificate', CERTIFICATE, CERTIFICATE_BYTES, 20],
    ['section', SECTION, SECTION_BYTES, 40],
    ['route', ROUTE, ROUTE_BYTES, 8],
    ['details', DETAILS, DETAILS_BYTES, 8],
    ['upstream', UPSTREAM, UPSTREAM_BYTES, 36],
    ['endpoint', {}, ENDPOINT_BYTES, 24],
  ])('has a %s of a known size, with its fields inside', (_, fields, size, bytes) => {
    expect(size).toBe(bytes);
    for (const word of Object.values(fields)) expect(word * 4).toBeLessThan(size);
    expect(new Set(Object.values(fields)).size).toBe(Object.keys(fields).length);
  });

  it.each([
    [0, 1],
    [1, 2],
    [2, 4],
    [5, 8],
    [6, 16],
    [10, 16],
    [100_000, 262_144],
  ])('gives %i entries %i slots, a third of them empty', (count, slots) => {
    expect(slotCount(count)).toBe(slots);
    expect(slots - count).toBeGreaterThanOrEqual(Math.ceil(slots / 3));
  });

  it.each([
    [MATCH_EXACT, 0],
    [MATCH_PREFIX, 1],
    [MATCH_PREFIX, 4_096],
  ])('keeps type %i and path size %i in one word', (type, pathSize) => {
    expect(splitMatchWord(matchWord(type, pathSize))).toEqual({ type, pathSize });
  });

  it.each([
    [1, 48],
    [8, 48],
    [9, 56],
    [253, 296],
  ])('begins the path table behind a host key of %i bytes at %i', (hostSize, offset) => {
    expect(pathTableOffset(hostSize)).toBe(offset);
  });
});

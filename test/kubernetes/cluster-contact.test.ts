// What the log and the metrics are told of an API server that comes and goes.

import { describe, expect, it } from 'vitest';
import { ApiError } from '#kubernetes/api-error.ts';
import { ClusterContact } from '#kubernetes/cluster-contact.ts';
import { KeptLog } from '../support/kept-log.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

function error(status: number): ApiError {
  return new ApiError({ status, reason: 'r', message: `m${status}`, retryAfterMs: null });
}

function scene() {
  const log = new KeptLog();
  const contact = new ClusterContact(log);
  contact.add('/a', 'Ingress');
  contact.add('/b', 'Service');
  contact.succeeded('/a', 0);
  contact.succeeded('/b', 0);
  const lines = (): unknown[] =>
    log.lines.map(({ level, fields }) => [level, ...Object.values(fields)]);
  return { contact, lines };
}

describe('the log', () => {
  it('has one line a minute while the server is away, and one when it is back', () => {
    const { contact, lines } = scene();
    for (let nowMs = 0; nowMs < HOUR; nowMs += 5 * SECOND) {
      contact.failed('/a', error(0), nowMs);
      contact.failed('/b', error(503), nowMs);
    }
    expect(lines()).toHaveLength(60);
    expect(lines().slice(0, 2)).toEqual([
      ['warn', '/a', 'm0', 0],
      ['warn', '/a', 'm0', 60],
    ]);
    contact.succeeded('/a', HOUR);
    expect(lines()).toHaveLength(60);
    contact.succeeded('/b', HOUR);
    expect(lines().slice(60)).toEqual([['info']]);
    contact.succeeded('/b', HOUR + 1);
    expect(lines()).toHaveLength(61);
  });

  it('has a line a minute for each path that the server refuses', () => {
    const { contact, lines } = scene();
    for (let nowMs = 0; nowMs < 90 * SECOND; nowMs += 5 * SECOND) {
      contact.failed('/a', error(403), nowMs);
      contact.failed('/b', new Error('malformed'), nowMs);
    }
    expect(lines()).toEqual([
      ['warn', '/a', 'm403', 0],
      ['warn', '/b', 'malformed', 0],
      ['warn', '/a', 'm403', 60],
      ['warn', '/b', 'malformed', 60],
    ]);
  });

  it('has one line of what may not be read and is not needed, however often it asks', () => {
    const { contact, lines } = scene();
    for (let nowMs = 0; nowMs < HOUR; nowMs += 60 * SECOND) contact.forbidden('/a', nowMs);
    expect(lines()).toEqual([['warn', '/a']]);
  });
});

describe('the status', () => {
  it('tells of each path since when it is without contact', () => {
    const { contact } = scene();
    contact.add('/c', 'Secret');
    contact.succeeded('/a', 7);
    contact.failed('/a', error(0), 9);
    expect(contact.statuses()).toEqual([
      { kind: 'Ingress', isConnected: false, lastContactMs: 7 },
      { kind: 'Service', isConnected: true, lastContactMs: 0 },
      { kind: 'Secret', isConnected: false, lastContactMs: null },
    ]);
  });

  it('tells who was without contact and has it again', () => {
    const { contact } = scene();
    expect(contact.succeeded('/a', 1)).toBe(false);
    contact.failed('/a', error(0), 2);
    expect(contact.succeeded('/a', 3)).toBe(true);
  });
});

// Events as the API server gets them: their names, which must not differ between two processes, and
// what they say.

import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { eventBody, eventName, isTold, parseEvent, repeatPatch } from '#kubernetes/event-body.ts';
import type { Notice } from '#kubernetes/event-ledger.ts';

const REPORTER = { controller: 'headgate.dev/ingress-controller', instance: 'pod-1' };
const AT_MS = Date.UTC(2026, 0, 31, 9, 30, 0, 250);
const notice: Notice = {
  object: { kind: 'Ingress', namespace: 'shop', name: 'web' },
  uid: 'u-1',
  field: 'spec.rules[0]',
  reason: 'ServiceNotFound',
  message: 'no Service "a"',
};

describe('the name', () => {
  it.each([
    ['another message', { ...notice, message: 'no Service "b"' }, true],
    ['another field', { ...notice, field: 'spec.rules[1]' }, false],
    ['another reason', { ...notice, reason: 'PortNotFound' }, false],
    ['another object of the name', { ...notice, uid: 'u-2' }, false],
    ['the end of it', { ...notice, message: null }, false],
  ])('for %s', (_difference, other, isSame) => {
    expect(eventName(other).name === eventName(notice).name).toBe(isSame);
  });

  it.each(['web', `${'a'.repeat(199)}.${'b'.repeat(53)}`, 'x'.repeat(253)])(
    'is one that the API server takes, for %s',
    (name) => {
      const { name: event } = eventName({
        ...notice,
        object: { ...notice.object, name },
        message: null,
      });
      expect(event).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
      expect(event.length).toBeLessThanOrEqual(253);
    },
  );

  it('is in the namespace of the object, or in default for those of the whole cluster', () => {
    expect(eventName(notice).namespace).toBe('shop');
    const object = { kind: 'IngressClass', namespace: '', name: 'headgate' };
    expect(eventName({ ...notice, object }).namespace).toBe('default');
  });
});

describe('the body', () => {
  it('warns of a problem at its object', () => {
    expect(eventBody(notice, REPORTER, AT_MS)).toMatchObject({
      type: 'Warning',
      reason: 'ServiceNotFound',
      message: 'spec.rules[0]: no Service "a"',
      involvedObject: {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        namespace: 'shop',
        name: 'web',
        uid: 'u-1',
      },
      count: 1,
      lastTimestamp: '2026-01-31T09:30:00Z',
    });
  });

  it('names no namespace for what is in none, or `kubectl describe` would not find it', () => {
    const object = { kind: 'IngressClass', namespace: '', name: 'headgate' };
    const body = eventBody({ ...notice, object }, REPORTER, AT_MS);
    expect(body).toMatchObject({ metadata: { namespace: 'default' } });
    expect(body).not.toHaveProperty('involvedObject.namespace');
  });

  it('says that it is mended', () => {
    expect(eventBody({ ...notice, message: null }, REPORTER, AT_MS)).toMatchObject({
      type: 'Normal',
      reason: 'Resolved',
      message: 'spec.rules[0]: ServiceNotFound is resolved',
    });
  });

  it.each([
    ['names no field where there is none', { field: '' }, 'no Service "a"'],
    ['names the field once', { message: 'spec.rules[0]: odd' }, 'spec.rules[0]: odd'],
  ])('%s', (_rule, fields, message) => {
    expect(eventBody({ ...notice, ...fields }, REPORTER, AT_MS)).toMatchObject({ message });
  });

  it('cuts a long message', () => {
    const body = eventBody({ ...notice, message: 'x'.repeat(5_000) }, REPORTER, AT_MS);
    expect((body as { message: string }).message).toHaveLength(limits.eventMessageCharsMax);
  });
});

describe('an event that is there already', () => {
  const told = parseEvent(eventBody(notice, REPORTER, AT_MS));
  const later = { message: '', count: 1, lastAtMs: AT_MS + 60_000 };
  const earlier = { message: '', count: 1, lastAtMs: AT_MS - 60_000 };

  it.each([
    ['tells it', notice, null, true],
    ['tells something else', { ...notice, message: 'no Service "b"' }, null, false],
    ['was mended before', notice, earlier, true],
    ['was mended since', notice, later, false],
  ])('%s', (_state, wanted, resolved, isKnown) => {
    expect(isTold(wanted, told, resolved)).toBe(isKnown);
  });

  it('counts up when it is told once more', () => {
    expect(repeatPatch(notice, told, AT_MS + 60_000)).toMatchObject({
      count: 2,
      lastTimestamp: '2026-01-31T09:31:00Z',
    });
  });
});

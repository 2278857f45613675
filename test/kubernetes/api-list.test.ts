// Pages and events as the API server writes them, and as broken servers do.

import { describe, expect, it } from 'vitest';
import {
  isOlder,
  MalformedAnswerError,
  readListPage,
  readWatchEvent,
} from '#kubernetes/api-list.ts';

describe('a page of a list', () => {
  it.each([
    ['the last', { metadata: { resourceVersion: '7' }, items: [1] }, [1], null],
    ['of Go', { metadata: { resourceVersion: '7', continue: '' }, items: null }, [], null],
    ['the first', { metadata: { resourceVersion: '7', continue: 'abc' }, items: [] }, [], 'abc'],
  ])('%s', (_, answer, items, continueToken) => {
    expect(readListPage(answer)).toEqual({ items, resourceVersion: '7', continueToken });
  });

  it.each([
    ['no object', 'x'],
    ['nothing', null],
    ['no items', { metadata: { resourceVersion: '7' } }],
    ['items that are no list', { metadata: { resourceVersion: '7' }, items: {} }],
    ['no version', { metadata: {}, items: [] }],
  ])('is malformed: %s', (_, answer) => {
    expect(() => readListPage(answer)).toThrow(MalformedAnswerError);
  });
});

const OBJECT = '{"metadata":{"resourceVersion":"7"}}';

describe('an event of a watch', () => {
  const object = { metadata: { resourceVersion: '7' } };

  it.each([
    [`{"type":"ADDED","object":${OBJECT}}`, { type: 'upsert', object, version: '7' }],
    [`{"type":"MODIFIED","object":${OBJECT}}`, { type: 'upsert', object, version: '7' }],
    [`{"type":"DELETED","object":${OBJECT}}`, { type: 'delete', object, version: '7' }],
    [`{"type":"BOOKMARK","object":${OBJECT}}`, { type: 'bookmark', version: '7' }],
    [
      '{"type":"ERROR","object":{"code":410,"message":"too old"}}',
      { type: 'error', code: 410, message: 'too old' },
    ],
    ['{"type":"ERROR"}', { type: 'error', code: 500, message: '' }],
  ])('%s', (line, expected) => {
    expect(readWatchEvent(line)).toEqual(expected);
  });

  it.each([
    '',
    '[]',
    'null',
    '{"type":"ADDED","obj',
    '{"type":"ADDED"}',
    '{"type":"ADDED","object":{"metadata":{"resourceVersion":7}}}',
    `{"type":"RENAMED","object":${OBJECT}}`,
    `{"object":${OBJECT}}`,
  ])('is malformed: %s', (line) => {
    expect(() => readWatchEvent(line)).toThrow(MalformedAnswerError);
  });
});

describe('the order of versions', () => {
  it.each([
    ['9', '10', true],
    ['10', '9', false],
    ['10', '10', false],
    ['18446744073709551614', '18446744073709551615', true],
    ['', '10', false],
    ['a9', '10', false],
    ['09', '10', false],
  ])('%j is older than %j: %j', (a, b, expected) => {
    expect(isOlder(a, b)).toBe(expected);
  });
});

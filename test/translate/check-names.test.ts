import { expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { nearestName } from '#translate/annotations/check-names.ts';

const NAMES = ['client-certificate', 'client-ca-secret', 'tls-passthrough'];

it.each([
  ['tls-passthru', 'tls-passthrough'],
  ['TLS-passthrough', 'tls-passthrough'],
  ['client-certificates', 'client-certificate'],
  ['client-secret', 'client-ca-secret'],
  ['rewrite-target', null],
  ['', null],
  ['client-certificate'.padEnd(limits.annotationNameCharsMax + 1, '-'), null],
])('the annotation nearest to %j is %j', (name, expected) => {
  expect(nearestName(name, NAMES)).toBe(expected);
});

import { expect, it } from 'vitest';
import { ipv4Bytes } from '#base/ipv4-bytes.ts';

// biome-ignore format: a table
it.each([
  ['192.0.2.1',        [192, 0, 2, 1]],
  ['0.0.0.0',          [0, 0, 0, 0]],
  ['255.255.255.255',  [255, 255, 255, 255]],
  ['256.0.0.1',        null],
  ['01.2.3.4',         null],
  ['1.2.3.00',         null],
  ['1.2.3',            null],
  ['1.2.3.4.5',        null],
  ['1.2.3.4.',         null],
  ['.1.2.3',           null],
  ['1..2.3',           null],
  ['1.2.3.-4',         null],
  ['1.2.3.4 ',         null],
  ['1.2.3.4294967297', null],
  ['',                 null],
])('%j is %j', (text, bytes) => {
  expect(ipv4Bytes(text)).toEqual(bytes === null ? null : Uint8Array.from(bytes));
});

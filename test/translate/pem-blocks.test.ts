import { expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { pemBlocks } from '#translate/pem-blocks.ts';

const CODE = 'A'.repeat(72);

it.each([
  ['one line too long', `-----BEGIN X-----\n${CODE}\n-----END X-----`],
  ['line ends of Windows', `-----BEGIN X-----\r\n${CODE}\r\n-----END X-----\r\n`],
  ['words around it', `Bag\n-----BEGIN X-----${CODE}-----END X-----\nkey: value`],
])('gives a block with %s its one spelling', (_, text) => {
  const spelled = `-----BEGIN X-----\n${'A'.repeat(64)}\nAAAAAAAA\n-----END X-----\n`;
  expect(pemBlocks(text)).toEqual([{ label: 'X', text: spelled, bytes: Buffer.alloc(54) }]);
});

it.each([
  ['nothing', '', []],
  ['text', 'certificate', []],
  ['a block without end', '-----BEGIN X-----\nAAAA', []],
  ['an end of another label', '-----BEGIN X-----\nAAAA\n-----END Y-----', []],
  ['two blocks', '-----BEGIN X-----A-----END X----------BEGIN Y-----B-----END Y-----', ['X', 'Y']],
])('finds in %s as many as there are', (_, text, labels) => {
  expect(pemBlocks(text).map(({ label }) => label)).toEqual(labels);
});

it.each(['AAA', 'AAA-', 'A=AA', 'AAAA:', 'AAAAé==='])('gives no bytes of %s', (code) => {
  const [block] = pemBlocks(`-----BEGIN X-----\n${code}\n-----END X-----`);
  expect(block?.bytes).toBe(null);
});

it('reads no more blocks than a chain can have', () => {
  const many = '-----BEGIN X-----\nAAAA\n-----END X-----\n'.repeat(limits.pemBlocksMax + 5);
  expect(pemBlocks(many)).toHaveLength(limits.pemBlocksMax);
});

it('takes time that grows with the text and no faster', () => {
  const hostile = '-----BEGIN '.repeat(50_000) + '-----'.repeat(50_000);
  const startedAt = performance.now();
  expect(pemBlocks(hostile).length).toBeLessThanOrEqual(limits.pemBlocksMax);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});

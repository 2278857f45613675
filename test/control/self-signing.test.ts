import { expect, it } from 'vitest';
import { selfSigning } from '#control/self-signing.ts';

const NOW_MS = Date.UTC(2026, 0, 1);

it('gives one certificate until a month before its end, and then another', () => {
  const at = selfSigning();
  const first = at(NOW_MS);
  expect(first.renewAtMs).toBe(first.certificate.notAfterMs - 30 * 86_400_000);
  expect(at(first.renewAtMs - 1)).toBe(first);
  const second = at(first.renewAtMs);
  expect(second.certificate.name).not.toBe(first.certificate.name);
  expect(second.renewAtMs).toBeGreaterThan(first.certificate.notAfterMs);
  expect(at(first.renewAtMs + 1)).toBe(second);
});

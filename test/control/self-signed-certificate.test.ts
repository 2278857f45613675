import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { expect, it } from 'vitest';
import { selfSignedCertificate } from '#control/self-signed-certificate.ts';

const NOW_MS = Date.UTC(2026, 0, 1, 12, 30, 15);

it('is a certificate that OpenSSL takes, signed by itself, for a year and a lagging clock', () => {
  const { chain, key, notAfterMs, algorithm } = selfSignedCertificate(NOW_MS);
  const certificate = new X509Certificate(chain);
  expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.validFromDate).toEqual(new Date(NOW_MS - 86_400_000));
  expect(certificate.validToDate).toEqual(new Date(notAfterMs));
  expect(certificate.subjectAltName).toBe('DNS:headgate.invalid');
  expect(algorithm).toBe('ec');
  expect(createSecureContext({ cert: chain, key })).toBeDefined();
});

it('is another one each time', () => {
  const [first, second] = [selfSignedCertificate(NOW_MS), selfSignedCertificate(NOW_MS)];
  expect(first.name).not.toBe(second.name);
  expect(first.key).not.toBe(second.key);
});

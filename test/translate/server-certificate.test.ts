// What a Secret of a server certificate may hold. Whoever may write one may write any bytes.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Secret } from '#kubernetes/resources.ts';
import { pemBlocks } from '#translate/pem-blocks.ts';
import { readServerCertificate } from '#translate/server-certificate.ts';
import { type KeyPair, makeCertificate } from '../support/make-certificate.ts';

const NOT_BEFORE = '20200101000000Z';
const NOT_AFTER = '20990101000000Z';
const PAIR = makeCertificate({ names: ['a.example'] });

function secretOf({ certificate, key }: KeyPair): Secret {
  const values = new Map([
    ['tls.crt', Buffer.from(certificate)],
    ['tls.key', Buffer.from(key)],
  ]);
  const metadata = { namespace: 'shop', name: 'web', uid: null, createdAtMs: null, locate: null };
  return { ...metadata, kind: 'Secret', type: 'kubernetes.io/tls', values };
}

function bytesOf(pem: string): Buffer {
  return Buffer.from(pemBlocks(pem)[0]?.bytes ?? []);
}

function pemOf(label: string, bytes: Buffer): string {
  return `-----BEGIN ${label}-----\n${bytes.toString('base64')}\n-----END ${label}-----\n`;
}

/** Why the Secret is of no use; null if it is of use. */
function mistakeIn(pair: KeyPair): string | null {
  const read = readServerCertificate(secretOf(pair));
  return read.ok ? null : `${read.reason}: ${read.mistake}`;
}

describe('a validity', () => {
  it.each([
    ['is read', NOT_AFTER, null],
    ['of a month that there is not', '20991301000000Z', 'nothing can be read'],
    ['without a zone', '20990101000000+', 'nothing can be read'],
    ['that is no time at all', 'hello world!!!!', 'nothing can be read'],
  ])('%s', (_, text, mistake) => {
    const bytes = bytesOf(PAIR.certificate);
    bytes.write(text, bytes.indexOf(NOT_AFTER), 'latin1');
    const found = mistakeIn({ ...PAIR, certificate: pemOf('CERTIFICATE', bytes) });
    if (mistake === null) expect(found).toBe(null);
    else expect(found).toContain(mistake);
  });
});

describe('an RSA key', () => {
  it.each([
    [4_096, null],
    [4_104, 'InvalidCertificate: has a "tls.key" that has more than 4096 bits'],
  ])('of %d bits', { timeout: 60_000 }, (bits, mistake) => {
    expect(mistakeIn(makeCertificate({ names: ['a.example'], algorithm: 'rsa', bits }))).toBe(
      mistake,
    );
  });
});

it('whatever bytes are changed, it is read or refused', () => {
  const change = fc.record({ at: fc.nat(), to: fc.nat(255) });
  const changes = fc.array(change, { minLength: 1, maxLength: 3 });
  let useful = 0;
  fc.assert(
    fc.property(changes, fc.boolean(), (changed, ofKey) => {
      const certificate = bytesOf(PAIR.certificate);
      const key = bytesOf(PAIR.key);
      const bytes = ofKey ? key : certificate;
      for (const { at, to } of changed) bytes[at % bytes.length] = to;
      const read = readServerCertificate(
        secretOf({
          certificate: pemOf('CERTIFICATE', certificate),
          key: pemOf('PRIVATE KEY', key),
        }),
      );
      if (!read.ok) return;
      useful += 1;
      const { notBeforeMs, notAfterMs } = read.value;
      expect([notBeforeMs, notAfterMs].every(Number.isFinite)).toBe(true);
    }),
    {
      numRuns: 5_000,
      examples: [[[{ at: bytesOf(PAIR.certificate).indexOf(NOT_BEFORE), to: 0 }], false]],
    },
  );
  expect(useful).toBeGreaterThan(100);
});

// Which pairs are known by their DER alone. OpenSSL is the oracle: what is known here it takes too.

import {
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyMatch } from '#translate/key-match.ts';
import { pemBlocks } from '#translate/pem-blocks.ts';
import { makeCertificate } from '../support/make-certificate.ts';

const EC = makeCertificate({ names: ['a.example'] });
const RSA = makeCertificate({ names: ['a.example'], algorithm: 'rsa' });

function bytesOf(pem: string): Buffer {
  return pemBlocks(pem)[0]?.bytes ?? Buffer.alloc(0);
}

const CERTIFICATES = { ec: bytesOf(EC.certificate), rsa: bytesOf(RSA.certificate) };
const KEYS = { ec: createPrivateKey(EC.key), rsa: createPrivateKey(RSA.key) };

function exported(key: KeyObject, type: 'pkcs8' | 'sec1' | 'pkcs1'): Buffer {
  return key.export({ type, format: 'der' }) as Buffer;
}

function other(kind: 'ec' | 'rsa'): KeyObject {
  return createPrivateKey(makeCertificate({ names: ['b.example'], algorithm: kind }).key);
}

describe('a pair', () => {
  // biome-ignore format: a table
  it.each([
    ['EC',  'PKCS #8', CERTIFICATES.ec,  exported(KEYS.ec, 'pkcs8'),   'ec'],
    ['EC',  'SEC 1',   CERTIFICATES.ec,  exported(KEYS.ec, 'sec1'),    'ec'],
    ['RSA', 'PKCS #8', CERTIFICATES.rsa, exported(KEYS.rsa, 'pkcs8'),  'rsa'],
    ['RSA', 'PKCS #1', CERTIFICATES.rsa, exported(KEYS.rsa, 'pkcs1'),  'rsa'],
    ['EC',  'another', CERTIFICATES.ec,  exported(other('ec'), 'pkcs8'),   null],
    ['RSA', 'another', CERTIFICATES.rsa, exported(other('rsa'), 'pkcs8'),  null],
    ['EC',  'an RSA',  CERTIFICATES.ec,  exported(KEYS.rsa, 'pkcs8'),  null],
    ['RSA', 'an EC',   CERTIFICATES.rsa, exported(KEYS.ec, 'sec1'),    null],
    ['no',  'PKCS #8', Buffer.alloc(0),  exported(KEYS.ec, 'pkcs8'),   null],
    ['EC',  'no',      CERTIFICATES.ec,  Buffer.alloc(0),              null],
  ])('of %s certificate and %s key', (_, __, certificate, key, expected) => {
    expect(keyMatch(certificate, key)).toBe(expected);
  });

  it('of a form that is not known is left to OpenSSL', () => {
    const edwards = generateKeyPairSync('ed25519').privateKey;
    const weak = createPrivateKey(
      makeCertificate({ names: ['a.example'], algorithm: 'rsa', bits: 1_024 }).key,
    );
    for (const key of [edwards, weak]) {
      expect(keyMatch(CERTIFICATES.ec, exported(key, 'pkcs8'))).toBe(null);
    }
    const small = makeCertificate({ names: ['a.example'], algorithm: 'rsa', bits: 1_024 });
    expect(keyMatch(bytesOf(small.certificate), bytesOf(small.key))).toBe(null);
  });
});

it('whatever bytes are changed, no pair is found that OpenSSL refuses', () => {
  let known = 0;
  const pair = fc.constantFrom<['ec' | 'rsa', 'pkcs8' | 'sec1' | 'pkcs1']>(
    ['ec', 'pkcs8'],
    ['ec', 'sec1'],
    ['rsa', 'pkcs8'],
    ['rsa', 'pkcs1'],
  );
  const change = fc.record({ at: fc.double({ min: 0, max: 0.999, noNaN: true }), to: fc.nat(255) });
  fc.assert(
    fc.property(pair, fc.boolean(), change, ([kind, type], ofKey, { at, to }) => {
      const certificate = Buffer.from(CERTIFICATES[kind]);
      const key = Buffer.from(exported(KEYS[kind], type));
      const bytes = ofKey ? key : certificate;
      bytes[Math.floor(at * bytes.length)] = to;
      if (keyMatch(certificate, key) === null) return;
      known += 1;
      const parsed = parse(certificate);
      // A certificate that OpenSSL cannot parse is refused before its key is looked at.
      if (parsed === null) return;
      expect(parsed.checkPrivateKey(createPrivateKey({ key, format: 'der', type }))).toBe(true);
    }),
    { numRuns: 2_000 },
  );
  expect(known).toBeGreaterThan(50);
});

function parse(certificate: Buffer): X509Certificate | null {
  try {
    return new X509Certificate(certificate);
  } catch {
    return null;
  }
}

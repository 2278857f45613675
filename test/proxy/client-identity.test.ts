import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { verifiedIdentity } from '#proxy/client-identity.ts';
import { makeAuthority } from '../support/apiserver/certificates.ts';

const AUTHORITY = makeAuthority('Staff');

function identityOf(commonName: string, organization?: string) {
  const subject = organization === undefined ? { commonName } : { commonName, organization };
  return verifiedIdentity('k', new X509Certificate(AUTHORITY.issue(subject).certificate));
}

function subjectOf(commonName: string, organization?: string): string | undefined {
  return /^X-Client-Cert-Subject: (.*)$/m.exec(identityOf(commonName, organization).fields)?.[1];
}

describe('the subject of a client', () => {
  it.each([
    // common name, organization, as RFC 4514 writes it
    ['alice', undefined, 'CN=alice'],
    ['alice', 'Shop', 'CN=alice,O=Shop'],
    ['a,b', 'x+y', 'CN=a\\,b,O=x\\+y'],
    [' a ', '#b', 'CN=\\ a\\ ,O=\\#b'],
    ['a\\b', undefined, 'CN=a\\\\b'],
    ['José', undefined, 'CN=Jos\\C3\\A9'],
    ['a\r\nX-Admin: 1', undefined, 'CN=a\\0D\\0AX-Admin: 1'],
    ['a\nO=root', undefined, 'CN=a\\0AO=root'],
    ['\u007f\u0000', undefined, 'CN=\\7F\\00'],
  ])('%j of %j is %s', (commonName, organization, expected) => {
    expect(subjectOf(commonName, organization)).toBe(expected);
  });

  it('fills lines of printable ASCII and no others', () => {
    const every = Array.from({ length: 0x180 }, (_, code) => String.fromCodePoint(code)).join('');
    const { fields, verdict } = identityOf(every);
    expect(verdict).toBe('verified');
    expect(fields).toMatch(/^(?:X-Client-Cert-[A-Z][a-z]+: [ -~]+\r\n){5}$/);
  });

  it('that is longer than a head should carry is refused', () => {
    expect(identityOf('a'.repeat(limits.clientNamesBytesMax))).toEqual({
      rulesKey: 'k',
      verdict: 'refused',
      fields: '',
    });
  });
});

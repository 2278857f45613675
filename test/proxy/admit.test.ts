import { describe, expect, it } from 'vitest';
import { absentIdentity, type ClientIdentity, UNASKED } from '#proxy/client-identity.ts';
import { ADMITS_ALL, type Admission, admit } from '#proxy/phases/admit.ts';

const REQUIRED = { key: 'k', mode: 'required', authorities: 'PEM' } as const;
const OPTIONAL = { key: 'k', mode: 'optional', authorities: 'PEM' } as const;
const HELPLESS = { key: 'k', mode: 'required', authorities: '' } as const;
const NOBODY = absentIdentity('k');
const SOMEBODY: ClientIdentity = { rulesKey: 'k', verdict: 'verified', fields: '' };
const REFUSED: ClientIdentity = { rulesKey: 'k', verdict: 'refused', fields: '' };
const OTHER: ClientIdentity = { rulesKey: 'other', verdict: 'verified', fields: '' };

function hostWith(clientRules: Admission['clientRules']): Admission {
  return { clientRules, passthrough: '' };
}

function statusOf(admission: Admission, scheme: 'http' | 'https', identity: ClientIdentity) {
  const client = { address: '192.0.2.1', scheme, localPort: 443, isTrusted: false, identity };
  return admit(admission, client, 'shop/web:80')?.status ?? 'admitted';
}

describe('a request', () => {
  it.each([
    // over,   to a host whose certificates are,  by,                 gets
    ['http', 'of no interest', null, 'nobody', UNASKED, 'admitted'],
    ['http', 'optional', OPTIONAL, 'nobody', UNASKED, 'admitted'],
    ['http', 'required', REQUIRED, 'nobody', UNASKED, 400],
    ['http', 'required by nobody', HELPLESS, 'nobody', UNASKED, 503],
    ['https', 'of no interest', null, 'nobody', UNASKED, 'admitted'],
    ['https', 'of no interest', null, 'somebody asked', NOBODY, 421],
    ['https', 'optional', OPTIONAL, 'nobody', NOBODY, 'admitted'],
    ['https', 'optional', OPTIONAL, 'somebody', SOMEBODY, 'admitted'],
    ['https', 'optional', OPTIONAL, 'somebody refused', REFUSED, 400],
    ['https', 'required', REQUIRED, 'nobody', NOBODY, 400],
    ['https', 'required', REQUIRED, 'somebody', SOMEBODY, 'admitted'],
    ['https', 'required', REQUIRED, 'somebody refused', REFUSED, 400],
    ['https', 'required', REQUIRED, 'somebody unasked', UNASKED, 421],
    ['https', 'required', REQUIRED, 'somebody of other rules', OTHER, 421],
    ['https', 'required by nobody', HELPLESS, 'nobody', NOBODY, 503],
  ] as const)('over %s to a host whose certificates are %s', (...row) => {
    const [scheme, , rules, , identity, expected] = row;
    expect(statusOf(hostWith(rules), scheme, identity)).toBe(expected);
  });

  it.each([
    ['https', 'shop/web:80', 421],
    ['https', 'shop/other:80', 421],
    ['http', 'shop/web:80', 421],
    ['http', 'shop/other:80', 'admitted'],
  ] as const)('over %s to a host that is passed through to %s gets %s', (...row) => {
    const [scheme, passthrough, expected] = row;
    expect(statusOf({ ...ADMITS_ALL, passthrough }, scheme, UNASKED)).toBe(expected);
  });
});

import { describe, expect, it } from 'vitest';
import { UNASKED } from '#proxy/client-identity.ts';
import { RequestHead } from '#proxy/http1/request-head.ts';
import { type Client, clientFields, continuedFields } from '#proxy/phases/forwarding-fields.ts';
import { TrustedProxies } from '#proxy/trusted-proxies.ts';

const CLIENT: Client = {
  address: '2001:db8::1',
  scheme: 'http',
  localPort: 80,
  isTrusted: false,
  identity: UNASKED,
};
const trusted = new TrustedProxies(['10.0.0.0/8']);

function continued(address: string, ...lines: string[]): string[] {
  const text = `GET / HTTP/1.1\r\nHost: a.example:8080\r\n${lines.map((l) => `${l}\r\n`).join('')}`;
  const bytes = Buffer.from(text, 'latin1');
  const head = new RequestHead();
  expect(head.read(bytes, text, 0, text.length)).toBeNull();
  const client = { ...CLIENT, address, isTrusted: true };
  return continuedFields(head, bytes, text, { client, trusted }).trimEnd().split('\r\n');
}

describe('an untrusted client', () => {
  it('is what we see ourselves', () => {
    expect(clientFields(CLIENT).split('\r\n')).toEqual([
      'X-Forwarded-For: 2001:db8::1',
      'X-Real-IP: 2001:db8::1',
      'X-Forwarded-Proto: http',
      'X-Forwarded-Port: 80',
      '',
    ]);
  });
});

describe('a trusted client', () => {
  it('that claims nothing is what we see ourselves', () => {
    expect(continued('10.0.0.1')).toEqual([
      'X-Forwarded-For: 10.0.0.1',
      'X-Real-IP: 10.0.0.1',
      'X-Forwarded-Proto: http',
      'X-Forwarded-Port: 80',
      'X-Forwarded-Host: a.example:8080',
    ]);
  });

  it('is believed, and continued by one hop', () => {
    const fields = continued(
      '10.0.0.1',
      'X-Forwarded-For: 198.51.100.1, 203.0.113.7',
      'x-forwarded-for: 10.2.2.2',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Port: 443',
      'X-Forwarded-Host: shop.example',
      'X-Real-IP: 1.2.3.4',
      'Forwarded: for=203.0.113.7;proto=https',
    );
    expect(fields).toEqual([
      'X-Forwarded-For: 198.51.100.1, 203.0.113.7, 10.2.2.2, 10.0.0.1',
      'X-Real-IP: 203.0.113.7',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Port: 443',
      'X-Forwarded-Host: shop.example',
      'Forwarded: for=203.0.113.7;proto=https, for=10.0.0.1',
    ]);
  });

  it.each([
    ['X-Forwarded-Proto: javascript', 'X-Forwarded-Proto: http'],
    ['X-Forwarded-Proto: http, https', 'X-Forwarded-Proto: http'],
    ['X-Forwarded-Port: 1e3', 'X-Forwarded-Port: 80'],
    ['X-Forwarded-Host: a.example/x', 'X-Forwarded-Host: a.example:8080'],
    ['X_Forwarded_Proto: https', 'X-Forwarded-Proto: http'],
  ])('that claims %j is not believed in that', (line, expected) => {
    expect(continued('10.0.0.1', line)).toContain(expected);
  });

  it('over IPv6 is quoted in Forwarded (RFC 7239 6)', () => {
    expect(continued('fd00::1', 'Forwarded: for=_x')).toContain(
      'Forwarded: for=_x, for="[fd00::1]"',
    );
  });
});

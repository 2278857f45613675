import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { TrustedProxies } from '#proxy/trusted-proxies.ts';

const trusted = new TrustedProxies(['10.0.0.0/8', '192.0.2.1', 'fd00::/8']);

describe('a peer', () => {
  it.each([
    ['10.1.2.3', true],
    ['11.1.2.3', false],
    ['192.0.2.1', true],
    ['192.0.2.2', false],
    ['fd12::1', true],
    ['fe80::1', false],
    ['::ffff:11.0.0.1', false],
    ['', false],
    ['shop.example', false],
  ])('%s is trusted: %s', (address, isTrusted) => {
    expect(trusted.has(address)).toBe(isTrusted);
  });
});

describe('the client of X-Forwarded-For', () => {
  it.each([
    // X-Forwarded-For                        client
    ['', '10.0.0.1'],
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7, 10.9.9.9', '203.0.113.7'],
    ['198.51.100.1, 203.0.113.7, 10.9.9.9, fd00::2', '203.0.113.7'],
    ['10.5.5.5, 10.9.9.9', '10.5.5.5'],
    ['203.0.113.7:4711, 10.9.9.9', '203.0.113.7'],
    ['[2001:db8::7]:4711', '2001:db8::7'],
    ['2001:db8::7', '2001:db8::7'],
    ['203.0.113.7, unknown, 10.9.9.9', '10.9.9.9'],
    ['127.0.0.1; drop table', '10.0.0.1'],
    [',', '10.0.0.1'],
    [',203.0.113.7', '203.0.113.7'],
    [', 10.9.9.9', '10.9.9.9'],
  ])('%j from 10.0.0.1 is %s', (forwardedFor, client) => {
    expect(trusted.clientOf(forwardedFor, '10.0.0.1')).toBe(client);
  });

  it('is looked for behind as many proxies as there may be, and no more', () => {
    const { forwardedHopsMax } = limits;
    const behind = (proxies: number) => `203.0.113.7${', 10.9.9.9'.repeat(proxies)}`;
    expect(trusted.clientOf(behind(forwardedHopsMax - 1), '10.0.0.1')).toBe('203.0.113.7');
    expect(trusted.clientOf(behind(forwardedHopsMax), '10.0.0.1')).toBe('10.9.9.9');
  });
});

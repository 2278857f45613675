import { describe, expect, it } from 'vitest';
import { compileUpstream } from '#compile/compile-endpoints.ts';
import { type Endpoint, PLAIN_HTTP1, type Transport } from '#plan/endpoint-plan.ts';
import { decodeEndpoints, readStamp } from '#snapshot/decode.ts';
import { upstreamKey } from '#snapshot/keys.ts';
import { mapMemory } from '#snapshot/memory.ts';
import { verifyUpstream } from '#snapshot/verify.ts';

function memoryOf(
  name: string,
  endpoints: readonly Endpoint[],
  transport: Transport = PLAIN_HTTP1,
) {
  const bytes = compileUpstream({ name, endpoints, externalName: null, transport });
  const memory = mapMemory(bytes.buffer);
  verifyUpstream(memory, 0);
  return memory;
}

describe('a compiled upstream', () => {
  it.each([
    ['without endpoints', []],
    ['with an IPv4 endpoint', [{ address: '10.0.0.1', port: 80 }]],
    ['with an IPv6 endpoint', [{ address: 'fd00::1', port: 65_535 }]],
    [
      'with several',
      [
        { address: '10.0.0.1', port: 1 },
        { address: '10.0.0.1', port: 2 },
        { address: '::1', port: 3 },
      ],
    ],
  ])('%s decodes to what it was made from', (_, endpoints) => {
    const decoded = decodeEndpoints(memoryOf('shop/a:80', endpoints), 0);
    expect(decoded.endpoints).toEqual(endpoints);
    expect(decoded.name).toBe('shop/a:80');
    expect(decoded.key).toEqual(upstreamKey('shop/a:80'));
  });

  const TLS = { serverName: null, verifies: false, authorities: null, identity: null };
  const TRANSPORTS: readonly Transport[] = [
    PLAIN_HTTP1,
    { protocol: 'h2', tls: null },
    { protocol: 'http/1.1', tls: TLS },
    { protocol: 'http/1.1', tls: { ...TLS, serverName: 'web.shop.svc', verifies: true } },
    { protocol: 'h2', tls: { ...TLS, authorities: 'A', identity: { chain: 'C', key: 'K' } } },
    { protocol: 'h2', tls: { ...TLS, authorities: 'A', identity: { chain: 'C', key: 'L' } } },
  ];

  it.each(TRANSPORTS)('over %j decodes to what it was made from', (transport) => {
    const memory = memoryOf('shop/a:80', [{ address: '10.0.0.1', port: 80 }], transport);
    expect(decodeEndpoints(memory, 0).transport).toEqual(transport);
  });

  it('has a stamp that changes with its transport, the key of a certificate included', () => {
    const stamps = TRANSPORTS.map((one) => readStamp(memoryOf('shop/a:80', [], one), 0));
    expect(new Set(stamps).size).toBe(TRANSPORTS.length);
  });

  it('has a stamp that changes with its endpoints', () => {
    const one = { address: '10.0.0.1', port: 80 };
    const stamps = [[], [one], [{ ...one, port: 81 }], [one, { ...one, port: 81 }]].map(
      (endpoints) => readStamp(memoryOf('shop/a:80', endpoints), 0),
    );
    expect(new Set(stamps).size).toBe(4);
    expect(stamps.every((stamp) => Number.isSafeInteger(stamp))).toBe(true);
    expect(readStamp(memoryOf('shop/a:80', [one]), 0)).toBe(stamps[1]);
  });

  it('refuses an address that is none', () => {
    const endpoints = [{ address: 'shop.example', port: 80 }];
    expect(() => memoryOf('shop/a:80', endpoints)).toThrow('not an IP address');
  });
});

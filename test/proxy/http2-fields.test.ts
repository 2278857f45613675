// The fields of requests to upstreams that speak HTTP/2, where HTTP/1.1 leaves more open.

import { describe, expect, it } from 'vitest';
import type { Transport } from '#plan/endpoint-plan.ts';
import { grpcTimeoutMs } from '#proxy/upstream/http2-fields.ts';
import { type Http2Backend, startHttp2Backend } from '../support/http2-backend.ts';
import { type ProxyFixture, startProxy } from '../support/proxy-fixture.ts';

const H2C: Transport = { protocol: 'h2', tls: null };

function proxyTo(endpoint: Http2Backend['endpoint']): Promise<ProxyFixture> {
  return startProxy({ 'a.example': [endpoint] }, { transport: H2C });
}

describe('a request over HTTP/2', () => {
  it('has the fields that its client repeats, also those that are meant to be there once', async () => {
    const seen: string[][] = [];
    await using backend = await startHttp2Backend((stream, _headers, list) => {
      seen.push(list.filter((_, index) => index > 0 && list[index - 1] === 'content-type'));
      stream.respond({ ':status': 204 }, { endStream: true });
    });
    await using proxy = await proxyTo(backend.endpoint);
    await using client = await proxy.connect();
    client.write('GET / HTTP/1.1\r\nHost: a.example\r\nContent-Type: a\r\nContent-Type: b\r\n\r\n');
    expect((await client.readMessage()).head).toMatch(/^HTTP\/1\.1 204 /);
    expect(seen).toEqual([['a', 'b']]);
  });

  it('ends with its head if its length is nothing, however that is written', async () => {
    await using backend = await startHttp2Backend((stream) => {
      stream.on('end', () => stream.respond({ ':status': 204 }, { endStream: true }));
      stream.resume();
    });
    await using proxy = await proxyTo(backend.endpoint);
    await using client = await proxy.connect();
    client.write('POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 00\r\n\r\n');
    expect((await client.readMessage()).head).toMatch(/^HTTP\/1\.1 204 /);
  });
});

// biome-ignore format: a table
it.each([
  ['1H',        3_600_000],
  ['2M',        120_000],
  ['30S',       30_000],
  ['250m',      250],
  ['1000u',     1],
  ['99999999n', 99.999_999],
  ['99999999H', 3_600_000],
  ['0S',        0],
  ['',          Number.POSITIVE_INFINITY],
  ['1',         Number.POSITIVE_INFINITY],
  ['-1S',       Number.POSITIVE_INFINITY],
  ['1.5S',      Number.POSITIVE_INFINITY],
  ['123456789S', Number.POSITIVE_INFINITY],
  ['1s',        Number.POSITIVE_INFINITY],
])('a call with grpc-timeout %s may take %f ms', (value, expected) => {
  expect(grpcTimeoutMs(value)).toBeCloseTo(expected, 9);
});

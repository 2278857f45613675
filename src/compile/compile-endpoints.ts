// One Upstream of the endpoint plan -> the bytes of its record (snapshot/layout.ts), which hold at
// any place in memory.

import { assert } from '#base/assert.ts';
import { ByteWriter } from '#base/bytes.ts';
import type { Transport, Upstream } from '#plan/endpoint-plan.ts';
import { encodeAddress } from '#snapshot/address.ts';
import { upstreamKey, upstreamStamp } from '#snapshot/keys.ts';
import {
  ENDPOINT_BYTES,
  RECORD_ALIGNMENT,
  TRANSPORT,
  UPSTREAM,
  UPSTREAM_BYTES,
  WORD_BYTES,
} from '#snapshot/layout.ts';

const ADDRESS_BYTES = 16;
const STAMP_BYTES = 8;

/** The upstream record. Its addresses are valid: translate has refused the others. */
export function compileUpstream(upstream: Upstream): Uint8Array {
  const writer = new ByteWriter();
  writer.writeWord(0);
  writer.writeWord(upstream.endpoints.length);
  writer.writeZeros(STAMP_BYTES);
  writer.writeWords(upstreamKey(upstream.name));
  writer.writeWord(transportBits(upstream.transport));
  assert(writer.size === UPSTREAM_BYTES, 'an upstream header has its size');
  for (const { address, port } of upstream.endpoints) {
    const bytes = encodeAddress(address);
    writer.writeWord(bytes.length === 4 ? 4 : 6);
    writer.writeWord(port);
    writer.writeBytes(bytes);
    writer.writeZeros(ADDRESS_BYTES - bytes.length);
  }
  assert(
    writer.size === UPSTREAM_BYTES + upstream.endpoints.length * ENDPOINT_BYTES,
    'an endpoint has its size',
  );
  writer.writeText(upstream.name);
  writeTransport(writer, upstream.transport);
  writer.pad(RECORD_ALIGNMENT);
  writer.patchWord(UPSTREAM.size * WORD_BYTES, writer.size);
  const bytes = writer.toBytes();
  const stamp = upstreamStamp(bytes.subarray(UPSTREAM.key * WORD_BYTES));
  new Uint32Array(bytes.buffer).set(stamp, UPSTREAM.stamp);
  return bytes;
}

function transportBits({ protocol, tls }: Transport): number {
  const http2 = protocol === 'h2' ? TRANSPORT.http2 : 0;
  if (tls === null) return http2;
  return (
    http2 |
    TRANSPORT.tls |
    (tls.verifies ? TRANSPORT.verifies : 0) |
    (tls.authorities === null ? 0 : TRANSPORT.authorities) |
    (tls.identity === null ? 0 : TRANSPORT.identity)
  );
}

function writeTransport(writer: ByteWriter, { tls }: Transport): void {
  if (tls === null) return;
  writer.writeText(tls.serverName ?? '');
  if (tls.authorities !== null) writer.writeText(tls.authorities);
  if (tls.identity === null) return;
  writer.writeText(tls.identity.chain);
  writer.writeText(tls.identity.key);
}

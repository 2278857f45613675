// One Upstream of the endpoint plan -> the bytes of its record (snapshot/layout.ts), which hold at
// any place in memory.

import { assert } from '#base/assert.ts';
import { ByteWriter } from '#base/bytes.ts';
import type { Upstream } from '#plan/endpoint-plan.ts';
import { encodeAddress } from '#snapshot/address.ts';
import { endpointsStamp, upstreamKey } from '#snapshot/keys.ts';
import { ENDPOINT_BYTES, RECORD_ALIGNMENT, UPSTREAM, UPSTREAM_BYTES } from '#snapshot/layout.ts';

const ADDRESS_BYTES = 16;

/** The upstream record. Its addresses are valid: translate has refused the others. */
export function compileUpstream(upstream: Upstream): Uint8Array {
  const writer = new ByteWriter();
  writer.writeWord(0);
  writer.writeWord(upstream.endpoints.length);
  writer.writeWords(endpointsStamp(upstream.endpoints));
  writer.writeWords(upstreamKey(upstream.name));
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
  writer.pad(RECORD_ALIGNMENT);
  writer.patchWord(UPSTREAM.size * 4, writer.size);
  return writer.toBytes();
}

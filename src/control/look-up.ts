// One question to DNS: which addresses does this name have, and for how long.
//
// IPv4 is asked first and IPv6 only where there is none, as nodes that reach the IPv6 addresses of
// others are the exception; an endpoint that cannot be reached would cost every second request.

import type { RecordWithTtl } from 'node:dns';
import type { Resolver } from 'node:dns/promises';
import { limits } from '#base/limits.ts';
import { ipv4Address, ipv6Address } from '#translate/ip-address.ts';

export type Answer =
  | {
      readonly type: 'addresses';
      /** At least one; sorted, without duplicates. */
      readonly addresses: readonly string[];
      /** The smallest of the records' TTLs. */
      readonly ttlMs: number;
    }
  /** `code` is that of node:dns, such as ENOTFOUND. */
  | { readonly type: 'failure'; readonly code: string };

/** Never rejects. A trailing dot of `host` is understood. */
export async function lookUp(resolver: Resolver, host: string): Promise<Answer> {
  try {
    const records = await resolver.resolve4(host, { ttl: true });
    if (records.length > 0) return addressesOf(records);
  } catch (error) {
    if (!isAbsence(error)) return failure(error);
  }
  try {
    return addressesOf(await resolver.resolve6(host, { ttl: true }));
  } catch (error) {
    return failure(error);
  }
}

function addressesOf(records: readonly RecordWithTtl[]): Answer {
  const addresses = [...new Set(records.flatMap(({ address }) => canonical(address)))].sort();
  if (addresses.length === 0) return { type: 'failure', code: 'ENODATA' };
  return {
    type: 'addresses',
    addresses: addresses.slice(0, limits.externalNameAddressesMax),
    ttlMs: Math.min(...records.map(({ ttl }) => ttl)) * 1_000,
  };
}

/** The resolver writes some IPv6 addresses with a dotted quad, and a plan never does. */
function canonical(text: string): readonly string[] {
  const address = ipv4Address(text) ?? ipv6Address(text);
  return address === null ? [] : [address];
}

/** Whether DNS said that there is no such record, rather than nothing. */
function isAbsence(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENODATA' || code === 'ENOTFOUND';
}

function failure(error: unknown): Answer {
  return { type: 'failure', code: codeOf(error) };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

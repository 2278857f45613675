// Decides which addresses nobody may make us connect to. Whoever may write an EndpointSlice or owns
// a DNS name chooses addresses; what a node answers to itself, and what its cloud answers to it
// alone, is not theirs to reach. The address may come from a slice or from DNS.

import type { Endpoint } from '#plan/endpoint-plan.ts';
import { addressBytes } from './ip-address.ts';
import type { EndpointOptions } from './translate-input.ts';

interface Network {
  readonly bytes: readonly number[];
  readonly prefix: number;
  readonly hazard: string;
}

const METADATA = 'the metadata service of a cloud';

// The API server refuses most of these in slices, and nobody does in DNS. The metadata services are
// where their clouds document them; that of most clouds, 169.254.169.254, is link-local.
const HAZARDS: readonly Network[] = [
  network('0.0.0.0', 8, 'an unspecified address'),
  network('127.0.0.0', 8, 'a loopback address'),
  network('169.254.0.0', 16, 'a link-local address'),
  network('224.0.0.0', 4, 'a multicast address'),
  network('240.0.0.0', 4, 'a reserved address'),
  network('100.100.100.200', 32, METADATA),
  network('168.63.129.16', 32, METADATA),
  network('::', 128, 'an unspecified address'),
  network('::1', 128, 'a loopback address'),
  network('fe80::', 10, 'a link-local address'),
  network('ff00::', 8, 'a multicast address'),
  network('fd00:ec2::254', 128, METADATA),
  network('fd20:ce::254', 128, METADATA),
];

/** IPv6 addresses that end in an IPv4 address: RFC 4291 2.5.5.1, 2.5.5.2 and RFC 6052 2.1. */
const IPV4_INSIDE: readonly Network[] = [
  network('::', 96, ''),
  network('::ffff:0:0', 96, ''),
  network('64:ff9b::', 96, ''),
];

/** What is wrong with using this endpoint, as `a loopback address`; null if nothing is. */
export function endpointHazard(endpoint: Endpoint, options: EndpointOptions): string | null {
  const { address, port } = endpoint;
  const isAdmin = options.adminEndpoints.some(
    (admin) => admin.port === port && admin.address === address,
  );
  if (isAdmin) return 'the admin port of Headgate itself';
  return options.allowLocalEndpoints ? null : hazardOf(addressBytes(address));
}

function hazardOf(bytes: readonly number[]): string | null {
  const found = HAZARDS.find((one) => isInside(bytes, one));
  if (found !== undefined) return found.hazard;
  const holdsIpv4 = IPV4_INSIDE.some((one) => isInside(bytes, one));
  return holdsIpv4 ? hazardOf(bytes.slice(-4)) : null;
}

function isInside(bytes: readonly number[], { bytes: start, prefix }: Network): boolean {
  if (bytes.length !== start.length) return false;
  const whole = prefix >> 3;
  for (let index = 0; index < whole; index += 1) if (bytes[index] !== start[index]) return false;
  const shift = 8 - (prefix & 7);
  return shift === 8 || (bytes[whole] ?? 0) >> shift === (start[whole] ?? 0) >> shift;
}

function network(address: string, prefix: number, hazard: string): Network {
  return { bytes: addressBytes(address), prefix, hazard };
}

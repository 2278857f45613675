// Whom we believe what they say about the client: load balancers and proxies in front of us, by
// address. Everybody else's claims are replaced by what we see ourselves.

import { BlockList, isIP } from 'node:net';
import { limits } from '#base/limits.ts';

export class TrustedProxies {
  readonly #list = new BlockList();
  readonly #isEmpty: boolean;

  /** `networks` are addresses or CIDR blocks, IPv4 or IPv6, already validated. */
  constructor(networks: readonly string[]) {
    this.#isEmpty = networks.length === 0;
    for (const network of networks) {
      const [address = '', prefix] = network.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      if (prefix === undefined) this.#list.addAddress(address, family);
      else this.#list.addSubnet(address, Number(prefix), family);
    }
  }

  has(address: string): boolean {
    if (this.#isEmpty) return false;
    const version = isIP(address);
    return version !== 0 && this.#list.check(address, version === 6 ? 'ipv6' : 'ipv4');
  }

  /**
   * The client that a trusted `peer` speaks for: walking its X-Forwarded-For from the end, the
   * first address that is not trusted itself. Text that is no address ends the walk, since whoever
   * wrote it could have written anything before it, and so do too many addresses.
   */
  clientOf(forwardedFor: string, peer: string): string {
    let client = peer;
    let end = forwardedFor.length;
    for (let hops = 0; hops < limits.forwardedHopsMax && end > 0; hops += 1) {
      const comma = forwardedFor.lastIndexOf(',', end - 1);
      const address = addressOf(forwardedFor.slice(comma + 1, end).trim());
      if (isIP(address) === 0) return client;
      client = address;
      if (!this.has(address)) return client;
      end = comma;
    }
    return client;
  }
}

/** Some proxies add a port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function addressOf(entry: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(entry);
  if (bracketed !== null) return bracketed[1] ?? '';
  return /^[\d.]+:\d{1,5}$/.test(entry) ? entry.slice(0, entry.indexOf(':')) : entry;
}

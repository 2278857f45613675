// How many connections each client has to this worker. Counts addresses; knows no connections.

import { limits } from '#base/limits.ts';
import { encodeAddress } from '#snapshot/address.ts';

const NETWORK_BYTES = 8;

export class ClientCounts {
  readonly #counts = new Map<string, number>();

  /** Counts one more connection of `client`, to be taken back by `leave`. False: it has enough. */
  enter(client: string): boolean {
    const count = this.#counts.get(client) ?? 0;
    if (count >= limits.connectionsPerClientMax) return false;
    this.#counts.set(client, count + 1);
    return true;
  }

  leave(client: string): void {
    const count = this.#counts.get(client) ?? 0;
    if (count > 1) this.#counts.set(client, count - 1);
    else this.#counts.delete(client);
  }
}

/**
 * Whom an address stands for: an IPv4 address for itself, an IPv6 address for its /64, which one
 * client may have whole (RFC 6177).
 */
export function clientOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address;
  // A link-local address carries its interface behind a percent sign.
  const [plain = ''] = address.split('%');
  return encodeAddress(plain).subarray(0, NETWORK_BYTES).join('.');
}

// All endpoint pools of a worker, one per address, port and transport. Two upstreams that name
// the same endpoint, and speak to it in the same way, share its connections. A pool that nothing
// needs is forgotten in time.

import type { DecodedTransport } from '#snapshot/decode.ts';
import { transportKey } from '#snapshot/keys.ts';
import type { HealthWatch } from '../balance/health-watch.ts';
import type { DataPlane } from '../data-plane.ts';
import { EndpointPool } from './endpoint-pool.ts';
import type { KeptBytes } from './kept-body.ts';
import { Transport } from './transport.ts';

export class EndpointPools {
  readonly keptBytes: KeptBytes = { total: 0 };
  readonly #plane: DataPlane;
  readonly #pools = new Map<string, EndpointPool>();
  readonly #transports = new Map<string, Transport>();

  constructor(plane: DataPlane) {
    this.#plane = plane;
  }

  get health(): HealthWatch {
    return this.#plane.health;
  }

  transport(decoded: DecodedTransport): Transport {
    const key = transportKey(decoded);
    let transport = this.#transports.get(key);
    if (transport === undefined) {
      transport = new Transport(decoded, key);
      this.#transports.set(key, transport);
    }
    return transport;
  }

  pool(address: string, port: number, transport: Transport): EndpointPool {
    const name = `${address} ${port} ${transport.key}`;
    let pool = this.#pools.get(name);
    if (pool === undefined) {
      pool = new EndpointPool(this.#plane, address, port, transport);
      this.#pools.set(name, pool);
    }
    return pool;
  }

  /** Forgets the pools that nothing needs, and the transports that no pool has. */
  sweep(): void {
    const before = this.#pools.size;
    for (const [name, pool] of this.#pools) if (pool.isUnused) this.#pools.delete(name);
    if (this.#pools.size === before) return;
    const used = new Set(Array.from(this.#pools.values(), ({ transport }) => transport.key));
    for (const key of this.#transports.keys()) if (!used.has(key)) this.#transports.delete(key);
  }

  closeIdle(): void {
    for (const pool of this.#pools.values()) pool.closeIdle();
  }
}

// All endpoint pools of a worker, one per address and port. Two upstreams that name the same
// endpoint share its connections. A pool that nothing needs is forgotten in time.

import type { HealthWatch } from '../balance/health-watch.ts';
import type { DataPlane } from '../data-plane.ts';
import { EndpointPool } from './endpoint-pool.ts';

export class EndpointPools {
  readonly #plane: DataPlane;
  readonly #pools = new Map<string, EndpointPool>();

  constructor(plane: DataPlane) {
    this.#plane = plane;
  }

  get health(): HealthWatch {
    return this.#plane.health;
  }

  pool(address: string, port: number): EndpointPool {
    const name = `${address} ${port}`;
    let pool = this.#pools.get(name);
    if (pool === undefined) {
      pool = new EndpointPool(this.#plane, address, port);
      this.#pools.set(name, pool);
    }
    return pool;
  }

  /** Forgets the pools that nothing needs. */
  sweep(): void {
    for (const [name, pool] of this.#pools) if (pool.isUnused) this.#pools.delete(name);
  }

  closeIdle(): void {
    for (const pool of this.#pools.values()) pool.closeIdle();
  }
}

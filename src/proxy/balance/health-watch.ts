// What one worker has last seen of the endpoints' shared health, so that a request compares two
// plain numbers and touches no shared memory. Looked at anew with every tick.

import type { EndpointHealth } from '#protocol/endpoint-health.ts';

export class HealthWatch {
  readonly shared: EndpointHealth;
  /** As EndpointHealth has it. */
  epoch: number;
  /** The time of the last tick. */
  nowMs: number;

  constructor(shared: EndpointHealth, nowMs: number) {
    this.shared = shared;
    this.epoch = shared.epoch;
    this.nowMs = nowMs;
  }

  advance(nowMs: number): void {
    this.nowMs = nowMs;
    this.epoch = this.shared.epoch;
  }

  /** A failure that this worker has met itself; true if it ejects the endpoint. */
  recordFailure(key: Uint32Array): boolean {
    const isEjected = this.shared.recordFailure(key, this.nowMs);
    this.epoch = this.shared.epoch;
    return isEjected;
  }

  recordSuccess(key: Uint32Array): boolean {
    return this.shared.recordSuccess(key, this.nowMs);
  }
}

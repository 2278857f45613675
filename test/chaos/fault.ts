// What a fault is: what it does, and what it may break by that.

import type { Random } from '../support/seeded-random.ts';
import { migratesRequests } from './confined.ts';
import type { Allowance, Failure } from './ledger.ts';
import type { Scene } from './scene.ts';

export interface Fault extends Allowance {
  /** Changes may wait until it is over. */
  readonly delaysChanges: boolean;
  /** Resolves when the cause is over; whether all is well again is asked behind it. */
  readonly inflict: (scene: Scene, random: Random) => Promise<void>;
}

/** The connections of one worker, or of a process, are gone. */
export const LOST: readonly Failure[] = ['unaccepted', 'broken', 'truncated', 'late', 'tunnel'];

/**
 * A worker or a process leaves in order. Without the sysctl the kernel resets who is in the middle
 * of a handshake: see Upgrade in the README.
 */
export const LEFT: readonly Failure[] = migratesRequests() ? ['tunnel'] : ['tunnel', 'unaccepted'];

// The keys that session tickets are sealed with, and when they change. They follow from a secret
// and the time alone, so all workers, and all nodes that share the secret, have the same ones
// without a word between them. The keys of the period before open tickets for as long as sessions
// that began in it may live; those of another secret open nothing.

import { hkdfSync } from 'node:crypto';
import { limits } from '#base/limits.ts';

/** What tickets begin with (RFC 5077 4). */
export const TICKET_KEY_NAME_BYTES = 16;
/** The name of a key and two secrets as long. */
const TICKET_KEY_BYTES = 3 * TICKET_KEY_NAME_BYTES;

export interface TicketKey {
  /** In hexadecimal digits. */
  readonly name: string;
  /** As TLS takes them. */
  readonly bytes: Buffer;
}

/** That of a period: HKDF (RFC 5869) of the secret, so that one says nothing about another. */
export function ticketKey(secret: Uint8Array, period: number): TicketKey {
  const info = `headgate session tickets ${period}`;
  const bytes = Buffer.from(hkdfSync('sha256', secret, '', info, TICKET_KEY_BYTES));
  return { name: bytes.toString('hex', 0, TICKET_KEY_NAME_BYTES), bytes };
}

export class TicketKeys {
  #secret: Uint8Array = Buffer.alloc(0);
  #period = -1;
  /** The key that seals comes first; the one before it stands behind it while it opens tickets. */
  #inUse: readonly TicketKey[] = [];

  get inUse(): readonly TicketKey[] {
    return this.#inUse;
  }

  /** Whether other keys are in use at `nowMs`, milliseconds since 1970, than before. */
  refresh(secret: Uint8Array, nowMs: number): boolean {
    const period = Math.floor(nowMs / limits.ticketKeysLastMs);
    const sincePeriodMs = nowMs - period * limits.ticketKeysLastMs;
    const count = sincePeriodMs < limits.tlsSessionSeconds * 1_000 ? 2 : 1;
    const isSame = period === this.#period && Buffer.compare(secret, this.#secret) === 0;
    if (isSame && this.#inUse.length === count) return false;
    this.#secret = secret;
    this.#period = period;
    const periods = [period, period - 1].slice(0, count);
    this.#inUse = periods.map((each) => ticketKey(secret, each));
    return true;
  }

  /** The key for a client whose tickets name these: one that opens a ticket, or that in use. */
  choose(names: readonly string[]): TicketKey | null {
    for (const name of names) {
      const key = this.#inUse.find((one) => one.name === name);
      if (key !== undefined) return key;
    }
    return this.#inUse[0] ?? null;
  }
}

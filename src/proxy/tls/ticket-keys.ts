// The keys that session tickets are sealed with, and when they change. They follow from a secret
// and the time alone, so all workers, and all nodes that share the secret, have the same ones
// without a word between them; a ticket older than its keys leads to a full handshake.

import { hkdfSync } from 'node:crypto';
import { limits } from '#base/limits.ts';

/** As `tls.Server.setTicketKeys` takes them. */
const TICKET_KEYS_BYTES = 48;

/** The period that `nowMs`, milliseconds since 1970, is in: it has keys of its own. */
export function ticketPeriod(nowMs: number): number {
  return Math.floor(nowMs / limits.ticketKeysLastMs);
}

/** HKDF (RFC 5869) of the secret, so that keys of one period say nothing about another's. */
export function ticketKeys(secret: Uint8Array, period: number): Buffer {
  const info = `headgate session tickets ${period}`;
  return Buffer.from(hkdfSync('sha256', secret, '', info, TICKET_KEYS_BYTES));
}

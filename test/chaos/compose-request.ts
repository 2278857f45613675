// What clients ask: mostly a GET, sometimes a POST whose body comes back, now and then a long one,
// so that something is under way in both directions whatever happens.

import type { Random } from '../support/seeded-random.ts';
import type { Asked, Ledger } from './ledger.ts';

const LONG_BYTES = 150_000;

export interface Sent {
  readonly asked: Asked;
  /** ASCII; null for a GET. */
  readonly body: string | null;
}

interface Asking {
  readonly ledger: Ledger;
  readonly hosts: readonly string[];
}

export function composeRequest({ ledger, hosts }: Asking, client: string, random: Random): Sent {
  const kind = random.below(16);
  const asked = ledger.ask(client, random.pick(hosts), kind < 2 ? 'post' : 'get');
  if (kind === 0) return { asked, body: `${asked.id};`.padEnd(LONG_BYTES, asked.id) };
  return { asked, body: kind === 1 ? `body of ${asked.id}` : null };
}

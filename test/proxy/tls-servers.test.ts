import type { Server } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { buildSnapshot } from '#compile/build-snapshot.ts';
import { NO_ENDPOINTS } from '#plan/endpoint-plan.ts';
import { NO_ROUTES } from '#plan/routing-plan.ts';
import type { TlsPlan } from '#plan/tls-plan.ts';
import type { ClientRules } from '#proxy/phases/admit.ts';
import { ticketKey } from '#proxy/tls/ticket-keys.ts';
import { TlsServers } from '#proxy/tls/tls-servers.ts';
import { ServerNameView } from '#snapshot/server-name-view.ts';
import { plannedCertificate, tlsPlanOf } from '../support/make-certificate.ts';

const [KEY, NEXT_KEY] = [ticketKey(Buffer.alloc(32, 7), 1), ticketKey(Buffer.alloc(32, 7), 2)];

function serversOf(tls: TlsPlan) {
  const { arena, root } = buildSnapshot(NO_ROUTES, NO_ENDPOINTS, { seed: 7, tls });
  const view = new ServerNameView(arena.buffer);
  view.adopt(root);
  const made: Server[] = [];
  const servers = new TlsServers({ view, common: {}, made: (server) => made.push(server) });
  const find = (serverName: string, rules: ClientRules | null = null, key = KEY) =>
    servers.find({ serverName, rules, ticketKey: key });
  return { servers, made, find };
}

function rulesOf(key: string, authorities: string): ClientRules {
  return { key, mode: 'required', authorities };
}

const certificate = plannedCertificate({ names: ['*.example'] });
const other = plannedCertificate({ names: ['b.test'] });

describe('the servers of a worker', () => {
  it('are one for each certificate, not for each name', () => {
    const { made, find } = serversOf(
      tlsPlanOf({ 'a.example': certificate, 'b.test': other, '*.example': certificate }),
    );
    const first = find('a.example');
    expect(find('A.Example.')).toBe(first);
    expect(find('z.example')).toBe(first);
    expect(find('')).toBe(first);
    expect(find('b.test')).not.toBe(first);
    expect(made).toHaveLength(2);
  });

  it('are others for other rules, and for other ticket keys', () => {
    const { made, find } = serversOf(tlsPlanOf({ 'a.example': certificate }));
    const rules = rulesOf('one', other.chain);
    const all = [
      find('a.example'),
      find('a.example', rules),
      find('a.example', rulesOf('two', other.chain)),
      find('a.example', null, NEXT_KEY),
      find('a.example', rules, NEXT_KEY),
    ];
    expect(new Set(all).size).toBe(5);
    expect(find('a.example', { ...rules })).toBe(all[1]);
    expect(made).toHaveLength(5);
  });

  it('are none where there is no TLS', () => {
    expect(serversOf({ ...tlsPlanOf({}), ticketSecret: null }).find('a.example')).toBe(null);
  });

  it('go when their ticket key does', () => {
    const { servers, made, find } = serversOf(tlsPlanOf({ 'a.example': certificate }));
    find('a.example');
    const sizeOfOne = servers.size;
    const next = find('a.example', null, NEXT_KEY);
    servers.keep([NEXT_KEY]);
    expect(servers.size).toBe(sizeOfOne);
    expect(find('a.example', null, NEXT_KEY)).toBe(next);
    servers.keep([]);
    expect(servers.size).toBe(0);
    find('a.example');
    expect(made).toHaveLength(3);
  });

  // Each has authorities as large as they may be, so that a few fill the room of all.
  it('are bounded together, whatever rules they are for: those not asked for longest go', () => {
    const { servers, made, find } = serversOf(tlsPlanOf({ 'a.example': certificate }));
    const count = Math.floor(limits.authoritiesBytesMax / other.chain.length);
    const authorities = other.chain.repeat(count);
    const rulesAt = (index: number) => rulesOf(`rules ${index}`, authorities);
    find('a.example', rulesAt(0));
    const fitting = Math.floor(limits.tlsServersBytesMax / servers.size);
    for (let index = 1; index < fitting; index += 1) find('a.example', rulesAt(index));
    expect(made).toHaveLength(fitting);
    // The first is asked for again, so that the second is the one to go.
    find('a.example', rulesAt(0));
    find('a.example', rulesAt(fitting));
    expect(servers.size).toBeLessThanOrEqual(limits.tlsServersBytesMax);
    find('a.example', rulesAt(0));
    expect(made).toHaveLength(fitting + 1);
    find('a.example', rulesAt(1));
    expect(made).toHaveLength(fitting + 2);
  });

  it('say nothing of a key that OpenSSL refuses', () => {
    const broken = { ...certificate, key: other.key, name: '0'.repeat(32) };
    const { find } = serversOf(tlsPlanOf({ 'a.example': broken }));
    expect(() => find('a.example')).toThrow();
  });
});

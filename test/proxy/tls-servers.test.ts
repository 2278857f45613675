import type { Server } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { buildSnapshot } from '#compile/build-snapshot.ts';
import type { TlsPlan } from '#plan/tls-plan.ts';
import { TlsServers } from '#proxy/tls/tls-servers.ts';
import { ServerNameView } from '#snapshot/server-name-view.ts';
import { plannedCertificate, tlsPlanOf } from '../support/make-certificate.ts';

const NO_ROUTES = { virtualHosts: [], defaultRoute: null };

function serversOf(tls: TlsPlan) {
  const { arena, root } = buildSnapshot(NO_ROUTES, { upstreams: [] }, { seed: 7, tls });
  const view = new ServerNameView(arena.buffer);
  view.adopt(root);
  const made: Server[] = [];
  const servers = new TlsServers({ view, common: {}, made: (server) => made.push(server) });
  return { servers, made };
}

const certificate = plannedCertificate({ names: ['*.example'] });
const other = plannedCertificate({ names: ['b.test'] });

describe('the servers of a worker', () => {
  it('are one for each certificate, not for each name', () => {
    const { servers, made } = serversOf(
      tlsPlanOf({ 'a.example': certificate, 'b.test': other, '*.example': certificate }),
    );
    const first = servers.find('a.example');
    expect(servers.find('A.Example.')).toBe(first);
    expect(servers.find('z.example')).toBe(first);
    expect(servers.find('')).toBe(first);
    expect(servers.find('b.test')).not.toBe(first);
    expect(made).toHaveLength(2);
  });

  it('are none where there is no TLS', () => {
    expect(serversOf({ ...tlsPlanOf({}), ticketSecret: null }).servers.find('a.example')).toBe(
      null,
    );
  });

  it('are bounded: those not asked for longest go', () => {
    const names = Array.from({ length: limits.tlsServersMax + 1 }, (_, index) => `h${index}.test`);
    const plan = tlsPlanOf(
      Object.fromEntries(names.map((name) => [name, plannedCertificate({ names: [name] })])),
    );
    const { servers, made } = serversOf(plan);
    const [first = '', second = ''] = names;
    for (const name of names.slice(0, -1)) servers.find(name);
    servers.find(first);
    servers.find(names.at(-1) ?? '');
    expect(servers.size).toBe(limits.tlsServersMax);
    expect(made).toHaveLength(limits.tlsServersMax + 1);
    servers.find(first);
    expect(made).toHaveLength(limits.tlsServersMax + 1);
    servers.find(second);
    expect(made).toHaveLength(limits.tlsServersMax + 2);
  });

  it('say nothing of a key that OpenSSL refuses', () => {
    const broken = { ...certificate, key: other.key };
    const { servers } = serversOf(tlsPlanOf({ 'a.example': { ...broken, name: '0'.repeat(32) } }));
    expect(() => servers.find('a.example')).toThrow();
  });
});

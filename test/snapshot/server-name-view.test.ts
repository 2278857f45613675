import { describe, expect, it } from 'vitest';
import { buildSnapshot } from '#compile/build-snapshot.ts';
import { NO_ENDPOINTS } from '#plan/endpoint-plan.ts';
import { NO_ROUTES } from '#plan/routing-plan.ts';
import type { Certificate, TlsPlan } from '#plan/tls-plan.ts';
import { dumpSnapshot } from '#snapshot/dump.ts';
import { ServerNameView } from '#snapshot/server-name-view.ts';
import { decodeCertificate, decodeServerName } from '#snapshot/tls-records.ts';
import { verifySnapshot } from '#snapshot/verify.ts';
import { plannedCertificate, tlsPlanOf } from '../support/make-certificate.ts';

const certificate = plannedCertificate({ names: ['a.example'] });

function build(tls: TlsPlan) {
  const { arena, root } = buildSnapshot(NO_ROUTES, NO_ENDPOINTS, { seed: 7, tls });
  const view = new ServerNameView(arena.buffer);
  return { view, root, memory: arena.memory };
}

function hostsOf(...hosts: readonly string[]): Record<string, Certificate> {
  return Object.fromEntries(hosts.map((host) => [host, certificate]));
}

describe('a server name', () => {
  const { view, root } = build(tlsPlanOf(hostsOf('a.example', '*.example', '*.b.example')));
  view.adopt(root);

  it.each([
    ['a.example', 'a.example'],
    ['A.EXAMPLE', 'a.example'],
    ['a.example.', 'a.example'],
    ['b.example', '*.example'],
    ['c.b.example', '*.b.example'],
    ['d.c.b.example', '*'],
    ['example', '*'],
    ['.example', '*.example'],
    ['', '*'],
    ['.', '*'],
    ['*', '*'],
    [`${'a'.repeat(300)}.example`, '*.example'],
    ['é.example', '*.example'],
  ])('%j is answered by %s', (name, host) => {
    expect(decodeServerName(view.memory, view.find(name)).host).toBe(host);
  });

  it('leads to its certificate', () => {
    const [key] = decodeServerName(view.memory, view.find('a.example')).certificates;
    const found = decodeCertificate(view.memory, view.findCertificate(key as Uint32Array));
    expect(found).toMatchObject({ chain: certificate.chain, privateKey: certificate.key });
    expect(view.findCertificate(new Uint32Array([1, 2, 3, 4]))).toBe(0);
  });
});

it('finds each of thousands of names, and a snapshot of them is sound', () => {
  const hosts = Array.from({ length: 5_000 }, (_, index) => `h${index}.example`);
  const { view, root, memory } = build(tlsPlanOf(hostsOf(...hosts)));
  verifySnapshot(memory, root);
  view.adopt(root);
  const found = hosts.filter((host) => decodeServerName(memory, view.find(host)).host === host);
  expect(found).toHaveLength(hosts.length);
});

it('finds nothing before the first snapshot, nor in one without TLS', () => {
  const { view, root } = build({ ...tlsPlanOf({}), ticketSecret: null });
  expect([view.find('a.example'), view.ticketSecret()]).toEqual([0, null]);
  view.adopt(root);
  expect([view.find('a.example'), view.ticketSecret()]).toEqual([0, null]);
});

it('shows neither key nor secret in a dump', () => {
  const tls = tlsPlanOf(hostsOf('a.example'));
  const { memory, root } = build(tls);
  const text = dumpSnapshot(memory, root);
  expect(text).toContain('server name a.example');
  expect(text).not.toContain('PRIVATE');
  expect(text).not.toContain(tls.ticketSecret);
  for (const line of certificate.key.split('\n').slice(1, -2)) {
    expect(text).not.toContain(line.slice(0, 20));
  }
});

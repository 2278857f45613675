// Which Secrets are watched by name, and what a cluster source makes of them over real HTTP.

import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import type { CollectionScope } from '#kubernetes/collections.ts';
import {
  comesByType,
  namedSecrets,
  type SecretName,
  type SecretNames,
} from '#kubernetes/named-secrets.ts';
import { ClusterScene, PATIENCE } from '../support/cluster-scene.ts';

const EVERYWHERE: CollectionScope = { namespaces: [], controllerNamespace: null, nodeName: null };
const SOME: CollectionScope = { ...EVERYWHERE, namespaces: ['shop'], controllerNamespace: 'own' };
const CA: SecretName = { namespace: 'default', name: 'ca' };
const CERTIFICATE = 'kubernetes.io/tls';

function byTenants(...names: readonly SecretName[]): SecretNames {
  return { byOperator: [], byTenants: names };
}

function namesOf(ids: readonly string[]): SecretName[] {
  return ids.map((id) => ({ namespace: id.split('/')[0] ?? '', name: id.split('/')[1] ?? '' }));
}

function watched(ids: readonly string[], scope = EVERYWHERE, covered: readonly string[] = []) {
  const isCovered = ({ namespace, name }: SecretName) => covered.includes(`${namespace}/${name}`);
  const { collections } = namedSecrets(byTenants(...namesOf(ids)), scope, isCovered);
  return [...collections.values()].map(({ secret }) => `${secret.namespace}/${secret.name}`);
}

describe('by name are watched', () => {
  // biome-ignore format: a table
  it.each<[string, string[], string[], CollectionScope?, string[]?]>([
    ['all that are named, each once',      ['a/x', 'b/x', 'a/x'],     ['a/x', 'b/x']],
    ['none that come by their type',       ['a/x', 'b/x'],            ['b/x'], EVERYWHERE, ['a/x']],
    ['those of watched namespaces, ' +
      'and of our own',                    ['shop/x', 'own/x', 'c/x'], ['shop/x', 'own/x'], SOME],
    ['no names that no object has',        ['a/x,type=b', 'a/', '/x', 'a/X', '../x'], []],
  ])('%s', (_, names, expected, scope, covered) => {
    expect(watched(names, scope, covered)).toEqual(expected);
  });

  it('so many and no more: those of the operator, and of each namespace its share', () => {
    const max = limits.namedSecretsMax;
    const many = (namespace: string) =>
      Array.from({ length: max }, (_, i) => ({ namespace, name: `n-${i}` }));
    const taken = (names: SecretNames) => {
      const { collections, cut } = namedSecrets(names, EVERYWHERE, () => false);
      const owners = Array.from(collections.values(), ({ secret }) => secret.namespace);
      return [...new Set(owners)].sort().map((namespace) => {
        const count = owners.filter((one) => one === namespace).length;
        return `${namespace} ${count}${cut.includes(namespace) ? ', cut' : ''}`;
      });
    };
    expect(taken(byTenants(...many('a')))).toEqual([`a ${max}`]);
    expect(taken(byTenants(...many('a'), CA))).toEqual([`a ${max - 1}, cut`, 'default 1']);
    expect(taken({ byOperator: [CA], byTenants: [...many('a'), ...many('b')] })).toEqual([
      `a ${max / 2}, cut`,
      `b ${max / 2 - 1}, cut`,
      'default 1',
    ]);
  });

  // biome-ignore format: a table
  it.each<[string, string, CollectionScope, boolean]>([
    [CERTIFICATE, 'shop', EVERYWHERE, true],
    ['Opaque',    'shop', EVERYWHERE, false],
    [CERTIFICATE, 'shop', SOME,       true],
    [CERTIFICATE, 'own',  SOME,       false],
  ])('and not by type: %s in %s', (type, namespace, scope, expected) => {
    const metadata = { namespace, name: 'x', uid: null, createdAtMs: null, locate: null };
    const secret = { ...metadata, kind: 'Secret', type, values: new Map() } as const;
    expect(comesByType(secret, scope)).toBe(expected);
  });
});

function secret(name: string, type: string, value = 'v1') {
  const data = { 'ca.crt': btoa(value), 'tls.crt': btoa(value), 'tls.key': btoa(value) };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'default' }, type, data };
}

/** Type and value of the Secret that is followed. */
function held({ store }: ClusterScene): string | null {
  const found = store.secret('default', 'ca');
  return found && `${found.type} ${Buffer.from(found.values.get('ca.crt') ?? []).toString()}`;
}

async function holds(scene: ClusterScene, expected: string | null): Promise<void> {
  await expect.poll(() => held(scene), PATIENCE).toBe(expected);
}

describe('a Secret that is named', () => {
  it('comes, changes and goes, and no other does', async () => {
    await using scene = await ClusterScene.of();
    const { server, source, store } = scene;
    server.apply(secret('ca', 'Opaque'));
    server.apply(secret('password', 'Opaque'));
    await source.start();
    expect(held(scene)).toBe(null);
    void source.follow(byTenants(CA));
    await holds(scene, 'Opaque v1');
    server.apply(secret('ca', 'Opaque', 'v2'));
    await holds(scene, 'Opaque v2');
    server.delete({ kind: 'Secret', name: 'ca' });
    await holds(scene, null);
    expect(store.secret('default', 'password')).toBe(null);
    const asked = server.requests.filter(({ resource }) => resource?.kind.kind === 'Secret');
    const selectors = asked.map(({ url }) => new URL(url, 'http://a').searchParams);
    expect(new Set(selectors.map((query) => query.get('fieldSelector')))).toEqual(
      new Set([`type=${CERTIFICATE}`, 'metadata.name=ca']),
    );
  });

  it('goes when nobody names it, and the watch with it', async () => {
    await using scene = await ClusterScene.of();
    const { server, source } = scene;
    server.apply(secret('ca', 'Opaque'));
    await source.start();
    void source.follow(byTenants(CA));
    await holds(scene, 'Opaque v1');
    await scene.hasWatches(6);
    await expect.poll(() => scene.history.length, PATIENCE).toBe(1);
    void source.follow(byTenants());
    expect(held(scene)).toBe(null);
    await scene.hasWatches(5);
    await expect.poll(() => scene.history.length, PATIENCE).toBe(2);
    void source.follow(byTenants(CA));
    await holds(scene, 'Opaque v1');
  });

  it('is never lost when it is made again with another type', async () => {
    await using scene = await ClusterScene.of();
    const { server, source } = scene;
    server.apply(secret('ca', 'Opaque'));
    await source.start();
    void source.follow(byTenants(CA));
    for (const type of [CERTIFICATE, 'Opaque', CERTIFICATE]) {
      server.delete({ kind: 'Secret', name: 'ca' });
      server.apply(secret('ca', type));
      await holds(scene, `${type} v1`);
    }
    void source.follow(byTenants(CA));
    await scene.hasWatches(5);
    expect([held(scene), source.watches.length]).toEqual([`${CERTIFICATE} v1`, 5]);
  });

  it('may be forbidden, which is told once and holds up nothing', async () => {
    const scope = { namespaces: ['default'], controllerNamespace: 'own' };
    await using scene = await ClusterScene.of({ scope, token: 'headgate' });
    const { server, source } = scene;
    const reading = { resources: ['*'], verbs: ['list', 'watch'], apiGroups: ['*'] };
    server.restrict('headgate', [{ ...reading, namespace: 'default' }]);
    server.apply(secret('ca', 'Opaque'));
    await source.start();
    const byOperator = [{ namespace: 'own', name: 'tickets' }];
    expect(await source.follow({ byOperator, byTenants: [CA] })).toBe(true);
    await holds(scene, 'Opaque v1');
    const path = '/api/v1/namespaces/own/secrets/tickets';
    await expect
      .poll(() => scene.warnings(), PATIENCE)
      .toContain(`not allowed to read this, going on as if there were none: ${path}`);
  });
});

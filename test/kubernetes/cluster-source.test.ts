// The cluster source against an API server over real HTTP: what the Store holds after all that a
// cluster, and the way to it, can do.

import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import type { FaultAction } from '../support/apiserver/faults.ts';
import { ClusterScene, PATIENCE } from '../support/cluster-scene.ts';

const A = { kind: 'Ingress', name: 'a' };
const B = { kind: 'Ingress', name: 'b' };

/** An Ingress that tells its versions apart by their class. */
function ingress(name: string, version = 'v1', more: { namespace?: string; note?: string } = {}) {
  const { namespace = 'default', note = '' } = more;
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace, annotations: { 'example.com/note': note } },
    spec: {
      ingressClassName: version,
      defaultBackend: { service: { name: 'a', port: { number: 80 } } },
    },
  };
}

function service(name: string, port: number) {
  const spec = { ports: [{ port }] };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' }, spec };
}

function slice(name: string, address: string) {
  const labels = { 'kubernetes.io/service-name': 'a' };
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace: 'default', labels },
    addressType: 'IPv4',
    ports: [{ port: 80 }],
    endpoints: [{ addresses: [address] }],
  };
}

function secret(name: string, type: string) {
  const data = { 'tls.crt': btoa('c'), 'tls.key': btoa('k') };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'default' }, type, data };
}

const KIND_COUNT = 5;
const ON_WATCH = { on: { verb: 'watch', kind: 'Ingress' }, times: 1 } as const;
const ON_LIST = { on: { verb: 'list', kind: 'Ingress' }, times: 1 } as const;

describe('in a cluster where all is well', () => {
  it('the Store holds what there is, then follows every change', async () => {
    await using scene = await ClusterScene.of();
    const { server, source } = scene;
    server.apply(ingress('a'));
    server.apply(ingress('b'));
    await source.start();
    expect([scene.ingresses(), scene.history]).toEqual(['a=v1 b=v1', []]);
    server.apply(ingress('a', 'v2'));
    server.apply(ingress('c'));
    server.delete(B);
    await scene.holds('a=v2 c=v1');
    await expect.poll(() => scene.history.at(-1), PATIENCE).toBe('a=v2 c=v1');
    expect(scene.log.lines).toEqual([]);
  });

  it('a name of 100 letters is as good as any, and no reason to list again', async () => {
    await using scene = await ClusterScene.of();
    const { server, source } = scene;
    const [listed, watched] = ['a'.repeat(100), 'b'.repeat(100)];
    server.apply(ingress(listed));
    await source.start();
    server.apply(ingress(watched));
    await scene.holds(`${listed}=v1 ${watched}=v1`);
    expect([scene.asked('list'), scene.warnings()]).toEqual([1, []]);
  });

  it('a list is read page by page', async () => {
    await using scene = await ClusterScene.of();
    for (let i = 0; i < 450; i++) scene.server.apply(ingress(`i-${i}`));
    await scene.source.start();
    expect(scene.store.ingresses()).toHaveLength(450);
    expect(scene.asked('list')).toBe(3);
  });

  it('a change that nobody reads is none', async () => {
    await using scene = await ClusterScene.of();
    const { server, source } = scene;
    server.apply(ingress('a'));
    await source.start();
    server.apply(ingress('a', 'v1', { note: 'nobody reads this' }));
    server.apply(ingress('b'));
    await scene.holds('a=v1 b=v1');
    await expect.poll(() => scene.history, PATIENCE).toEqual(['a=v1 b=v1']);
  });

  it('of the Secrets only certificates are asked for', async () => {
    await using scene = await ClusterScene.of();
    const { server, source, store } = scene;
    server.apply(secret('certificate', 'kubernetes.io/tls'));
    server.apply(secret('password', 'Opaque'));
    await source.start();
    expect(store.secret('default', 'certificate')).not.toBe(null);
    expect(store.secret('default', 'password')).toBe(null);
  });

  it('an object that is not valid is a Problem, and its last good version stays', async () => {
    await using scene = await ClusterScene.of();
    const { server, source, store } = scene;
    const addresses = (): string =>
      store
        .endpointSlices('default', 'a')
        .flatMap(({ endpoints }) => endpoints.map((endpoint) => endpoint.addresses.join()))
        .join();
    server.apply(slice('a-1', '10.0.0.1'));
    await source.start();
    server.apply(slice('a-1', '10.0.0.256'));
    await expect
      .poll(() => source.problems, PATIENCE)
      .toEqual([
        {
          object: { kind: 'EndpointSlice', namespace: 'default', name: 'a-1' },
          field: 'endpoints[0].addresses[0]',
          reason: 'InvalidObject',
          message: 'endpoints[0].addresses[0]: expected an IPv4 address, found "10.0.0.256"',
          position: null,
        },
      ]);
    expect(addresses()).toBe('10.0.0.1');
    server.apply(slice('a-1', '10.0.0.2'));
    await expect.poll(addresses, PATIENCE).toBe('10.0.0.2');
    expect(source.problems).toEqual([]);
    server.apply(slice('a-1', '10.0.0.256'));
    await expect.poll(() => source.problems.length, PATIENCE).toBe(1);
    server.delete({ kind: 'EndpointSlice', name: 'a-1' });
    await expect.poll(addresses, PATIENCE).toBe('');
    expect(source.problems).toEqual([]);
  });
});

it('a server that refuses a watch for good is asked for all there is', async () => {
  await using scene = await ClusterScene.of();
  const { server, source } = scene;
  server.apply(ingress('a'));
  using refusal = server.inject({ do: 'answer', code: 504 }, { on: ON_WATCH.on });
  await source.start();
  server.apply(ingress('b'));
  await scene.holds('a=v1 b=v1');
  expect(scene.asked('list')).toBe(2);
  // The watch behind the second list may have been refused by now.
  expect(refusal.hits).toBeGreaterThanOrEqual(limits.watchRefusalsMax);
});

describe('when a watch goes wrong', () => {
  it.each<[string, FaultAction, number]>([
    ['breaks off inside an event', { do: 'cut' }, 1],
    ['tells something that is not JSON', { do: 'garble' }, 2],
    ['tells an event twice', { do: 'repeat' }, 1],
    ['tells events in the wrong order', { do: 'reorder' }, 2],
    ['says that history is forgotten', { do: 'expire' }, 2],
  ])('that %s, the Store comes to hold what there is', async (_, action, listCount) => {
    await using scene = await ClusterScene.of();
    const { server, source } = scene;
    server.apply(ingress('a'));
    server.apply(ingress('b'));
    await source.start();
    await scene.hasWatches(KIND_COUNT);
    using fault = server.inject(action, ON_WATCH);
    server.apply(ingress('a', 'v2'));
    server.delete(B);
    server.apply(ingress('c'));
    await scene.holds('a=v2 c=v1');
    server.apply(ingress('c', 'v2'));
    await scene.holds('a=v2 c=v2');
    expect(fault.hits).toBe(1);
    expect(scene.asked('list')).toBe(listCount);
  });

  it.each<[string, FaultAction]>([
    ['an error', { do: 'answer', code: 500 }],
    ['a call for patience', { do: 'answer', code: 429, retryAfterSeconds: 1 }],
    ['410', { do: 'answer', code: 410 }],
    ['a closed connection', { do: 'reset' }],
  ])('because its first answer is %s, it is tried again', async (_, action) => {
    await using scene = await ClusterScene.of();
    using _fault = scene.server.inject(action, ON_WATCH);
    await scene.source.start();
    scene.server.apply(ingress('a'));
    await scene.holds('a=v1');
  });

  it('with all its connections, it goes on where it was, without a list', async () => {
    await using scene = await ClusterScene.of();
    const { server, source } = scene;
    server.apply(ingress('a'));
    await source.start();
    await scene.hasWatches(KIND_COUNT);
    server.dropConnections();
    server.delete(A);
    server.apply(ingress('b'));
    await scene.holds('b=v1');
    expect([scene.asked('list'), scene.asked('watch')]).toEqual([1, 2]);
  });

  it('a bookmark tells from where to go on, even if history before it is forgotten', async () => {
    await using scene = await ClusterScene.of();
    const { server, source } = scene;
    server.apply(ingress('a'));
    await source.start();
    await scene.hasWatches(KIND_COUNT);
    for (let i = 0; i < 10; i++) server.apply(service(`s-${i}`, 80));
    await expect.poll(() => scene.store.service('default', 's-9'), PATIENCE).not.toBe(null);
    server.sendBookmarks();
    server.compact();
    server.apply(ingress('b'));
    await scene.holds('a=v1 b=v1');
    server.dropConnections();
    server.apply(ingress('c'));
    await scene.holds('a=v1 b=v1 c=v1');
    expect(scene.asked('list')).toBe(1);
  });
});

describe('when a list goes wrong', () => {
  it.each<[string, FaultAction]>([
    ['an error', { do: 'answer', code: 503 }],
    ['a call for patience', { do: 'answer', code: 429, retryAfterSeconds: 1 }],
    ['a continue token that has expired', { do: 'answer', code: 410 }],
    ['a closed connection', { do: 'reset' }],
    ['a long wait', { do: 'delay', delayMs: 100 }],
  ])('with %s, the start waits until it has been read whole', async (_, action) => {
    await using scene = await ClusterScene.of();
    for (let i = 0; i < 250; i++) scene.server.apply(ingress(`i-${i}`));
    using fault = scene.server.inject(action, ON_LIST);
    await scene.source.start();
    expect([fault.hits, scene.store.ingresses().length]).toEqual([1, 250]);
  });

  it('for one kind alone, the start waits for it all the same', async () => {
    await using scene = await ClusterScene.of();
    scene.server.apply(ingress('a'));
    const slices = { on: { verb: 'list', kind: 'EndpointSlice' } } as const;
    const fault = scene.server.inject({ do: 'answer', code: 500 }, slices);
    let isStarted = false;
    const started = scene.source.start().then(() => {
      isStarted = true;
    });
    await scene.holds('a=v1');
    await expect.poll(() => fault.hits, PATIENCE).toBeGreaterThan(1);
    expect(isStarted).toBe(false);
    fault[Symbol.dispose]();
    await started;
    const path = '/apis/discovery.k8s.io/v1/endpointslices';
    expect(scene.warnings()).toEqual([
      `the API server does not give what is asked, what it gave last stays: ${path}`,
      'the API server answers again: ',
    ]);
  });
});

describe('when the API server is away', () => {
  it('what it told last stays, and what happened meanwhile is made up for', async () => {
    await using scene = await ClusterScene.of();
    const { server, source } = scene;
    server.apply(ingress('a'));
    server.apply(ingress('b'));
    await source.start();
    await scene.hasWatches(KIND_COUNT);
    await server.suspend();
    const isConnected = (): boolean[] => source.watches.map((watch) => watch.isConnected);
    await expect.poll(() => isConnected().includes(true), PATIENCE).toBe(false);
    expect(scene.ingresses()).toBe('a=v1 b=v1');
    server.delete(A);
    server.apply(ingress('b', 'v2'));
    server.apply(ingress('c'));
    server.compact();
    await server.resume();
    await scene.holds('b=v2 c=v1');
    await expect.poll(() => isConnected().includes(false), PATIENCE).toBe(false);
    expect(scene.log.lines.map(({ level }) => level)).toEqual(['warn', 'info']);
  });

  it('all that happened meanwhile is one change, whichever watch comes back first', async () => {
    await using scene = await ClusterScene.of();
    const { server, source, store } = scene;
    await source.start();
    await scene.hasWatches(KIND_COUNT);
    await server.suspend();
    await expect.poll(() => scene.log.lines.length, PATIENCE).toBe(1);
    server.apply(slice('a-1', '10.0.0.1'));
    server.apply(ingress('a'));
    server.apply(service('a', 80));
    await server.resume();
    await expect.poll(() => scene.history, PATIENCE).toEqual(['a=v1']);
    expect(store.size).toBe(3);
  });

  it('the start waits for it', async () => {
    await using scene = await ClusterScene.of();
    const { server, source } = scene;
    server.apply(ingress('a'));
    await server.suspend();
    let isStarted = false;
    const started = source.start().then(() => {
      isStarted = true;
    });
    await expect.poll(() => scene.log.lines.length, PATIENCE).toBe(1);
    expect(isStarted).toBe(false);
    await server.resume();
    await started;
    expect(scene.ingresses()).toBe('a=v1');
  });
});

describe('with Roles in some namespaces only', () => {
  const reading = { resources: ['*'], verbs: ['list', 'watch'], apiGroups: ['*'] };
  const scope = { namespaces: ['shop', 'web'] };

  it('these are followed, and nothing else is asked for but classes', async () => {
    await using scene = await ClusterScene.of({ scope, token: 'headgate' });
    const { server, source } = scene;
    server.restrict('headgate', [
      { ...reading, namespace: 'shop' },
      { ...reading, namespace: 'web' },
    ]);
    server.apply(ingress('a', 'v1', { namespace: 'shop' }));
    server.apply(ingress('b', 'v1', { namespace: 'web' }));
    server.apply(ingress('c', 'v1', { namespace: 'elsewhere' }));
    await source.start();
    expect(scene.ingresses()).toBe('a=v1 b=v1');
    server.delete({ ...A, namespace: 'shop' });
    server.apply(ingress('c', 'v2', { namespace: 'elsewhere' }));
    server.apply(ingress('d', 'v1', { namespace: 'web' }));
    await scene.holds('b=v1 d=v1');
    const path = '/apis/networking.k8s.io/v1/ingressclasses';
    expect(scene.warnings()).toEqual([
      `not allowed to read this, going on as if there were none: ${path}`,
    ]);
    expect(source.watches.filter(({ isConnected }) => !isConnected)).toEqual([]);
  });

  it('a list again in one namespace leaves the others alone', async () => {
    await using scene = await ClusterScene.of({ scope });
    const { server, source } = scene;
    server.apply(ingress('a', 'v1', { namespace: 'shop' }));
    server.apply(ingress('b', 'v1', { namespace: 'web' }));
    await source.start();
    await scene.hasWatches(2 * (KIND_COUNT - 1) + 1);
    const on = { verb: 'watch', kind: 'Ingress', namespace: 'shop' } as const;
    using _fault = server.inject({ do: 'expire' }, { on, times: 1 });
    server.delete({ ...A, namespace: 'shop' });
    await scene.holds('b=v1');
    expect(scene.asked('list')).toBe(3);
  });

  it('what cannot be read there keeps the start waiting, and is told', async () => {
    await using scene = await ClusterScene.of({ scope, token: 'headgate' });
    const { server, source } = scene;
    server.restrict('headgate', [{ ...reading, namespace: 'shop' }]);
    const started = source.start();
    const refused = (): string[] => scene.warnings().filter((line) => line.includes('/web/'));
    await expect.poll(() => refused().length, PATIENCE).toBe(KIND_COUNT - 1);
    server.restrict('headgate', [reading]);
    await started;
  });
});

// Watches of the test API server, and the faults that can befall them.

import { describe, expect, it } from 'vitest';
import { ApiServer } from '../support/apiserver/api-server.ts';
import { ask, INGRESSES, ingress, MERGE_PATCH, Watch } from '../support/apiserver/test-client.ts';

const BOOKMARKS = 'allowWatchBookmarks=true';

describe('a watch', () => {
  it('from a version replays what came after it, and goes on', async () => {
    await using server = await ApiServer.start();
    const { resourceVersion } = server.apply(ingress('a')).metadata;
    server.apply(ingress('b'));
    server.delete({ kind: 'Ingress', name: 'a' });
    using watch = await Watch.open(server, `${INGRESSES}?resourceVersion=${resourceVersion}`);
    server.apply(ingress('b', { labels: { x: 'y' } }));
    expect(await watch.events(3)).toEqual(['ADDED b', 'DELETED a', 'MODIFIED b']);
  });

  it.each(['', 'resourceVersion=0'])('from %j begins with all there is', async (query) => {
    await using server = await ApiServer.start();
    server.apply(ingress('a'));
    server.apply(ingress('b'));
    using watch = await Watch.open(server, `${INGRESSES}?${query}`);
    expect(await watch.events(2)).toEqual(['ADDED a', 'ADDED b']);
  });

  it('from before a compaction gets 410 as an event, and ends', async () => {
    await using server = await ApiServer.start();
    server.apply(ingress('a'));
    server.apply(ingress('b'));
    server.compact();
    using watch = await Watch.open(server, `${INGRESSES}?resourceVersion=1`);
    const { type, object } = await watch.event();
    expect({ type, ...object }).toMatchObject({ type: 'ERROR', code: 410, reason: 'Expired' });
    expect((await watch.end()).how).toBe('ended');
  });

  it('from the very version of a compaction goes on', async () => {
    await using server = await ApiServer.start();
    const { resourceVersion } = server.apply(ingress('a')).metadata;
    server.compact();
    using watch = await Watch.open(server, `${INGRESSES}?resourceVersion=${resourceVersion}`);
    server.apply(ingress('b'));
    expect(await watch.events(1)).toEqual(['ADDED b']);
  });

  it('sees an object enter and leave its selection', async () => {
    await using server = await ApiServer.start();
    using watch = await Watch.open(server, `${INGRESSES}?labelSelector=on&resourceVersion=1`);
    server.apply(ingress('a'));
    server.apply(ingress('a', { labels: { on: '1' } }));
    server.apply(ingress('a', { labels: { on: '2' } }));
    server.apply(ingress('a', { labels: { off: '3' } }));
    server.delete({ kind: 'Ingress', name: 'a' });
    server.apply(ingress('b', { labels: { on: '1' } }));
    expect(await watch.events(4)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED b']);
  });

  it('tells the version of a deletion in the deleted object', async () => {
    await using server = await ApiServer.start();
    const { resourceVersion } = server.apply(ingress('a')).metadata;
    using watch = await Watch.open(server, `${INGRESSES}?resourceVersion=${resourceVersion}`);
    server.delete({ kind: 'Ingress', name: 'a' });
    const { object } = await watch.event();
    expect(object.metadata).toMatchObject({ resourceVersion: server.resourceVersion });
  });

  it('gets bookmarks if it asks for them', async () => {
    await using server = await ApiServer.start();
    using watch = await Watch.open(server, `${INGRESSES}?resourceVersion=1&${BOOKMARKS}`);
    using plain = await Watch.open(server, `${INGRESSES}?resourceVersion=1`);
    server.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } });
    server.sendBookmarks();
    const { type, object } = await watch.event();
    expect(type).toBe('BOOKMARK');
    expect(object).toMatchObject({
      kind: 'Ingress',
      metadata: { resourceVersion: server.resourceVersion },
    });
    server.apply(ingress('a'));
    expect(await plain.events(1)).toEqual(['ADDED a']);
  });

  it('streams a list and says where it ends', async () => {
    await using server = await ApiServer.start();
    server.apply(ingress('a'));
    const query = `sendInitialEvents=true&resourceVersionMatch=NotOlderThan&${BOOKMARKS}`;
    using watch = await Watch.open(server, `${INGRESSES}?${query}`);
    expect(await watch.events(1)).toEqual(['ADDED a']);
    const { object } = await watch.event();
    expect(object.metadata).toMatchObject({
      annotations: { 'k8s.io/initial-events-end': 'true' },
    });
  });

  it('ends in order when its time is over', async () => {
    await using server = await ApiServer.start();
    using watch = await Watch.open(server, `${INGRESSES}?timeoutSeconds=1&resourceVersion=1`);
    expect(await watch.end()).toEqual({ how: 'ended', rest: [] });
    await server.until(() => server.watchCount === 0);
    expect(server.watchCount).toBe(0);
  });

  it('carries kind and apiVersion in each object', async () => {
    await using server = await ApiServer.start();
    server.apply(ingress('a'));
    using watch = await Watch.open(server, INGRESSES);
    const { object } = await watch.event();
    expect(object).toMatchObject({ kind: 'Ingress', apiVersion: 'networking.k8s.io/v1' });
  });
});

describe('a fault of a watch', () => {
  const FROM_NOW = `${INGRESSES}?resourceVersion=1`;

  it('cuts it in the middle of an object', async () => {
    await using server = await ApiServer.start();
    using watch = await Watch.open(server, FROM_NOW);
    server.inject({ do: 'cut' }, { on: { kind: 'Ingress' }, times: 1 });
    server.apply(ingress('a'));
    const { how, rest } = await watch.end();
    expect(how).toBe('cut');
    expect(rest[0]).toMatch(/^\{"type":"ADDED".*[^}\n]$/);
  });

  it('silences it for good', async () => {
    await using server = await ApiServer.start();
    using watch = await Watch.open(server, FROM_NOW);
    using silence = server.inject({ do: 'silence' });
    server.apply(ingress('a'));
    silence[Symbol.dispose]();
    server.apply(ingress('b'));
    using other = await Watch.open(server, FROM_NOW);
    expect(await other.events(2)).toEqual(['ADDED a', 'ADDED b']);
    expect(silence.hits).toBe(1);
    server.dropConnections();
    expect(await watch.end()).toEqual({ how: 'cut', rest: [] });
  });

  it.each([
    ['repeat', ['ADDED a', 'ADDED a', 'ADDED b']],
    ['reorder', ['ADDED b', 'ADDED a']],
    ['expire', ['ERROR 410']],
  ] as const)('%s', async (action, events) => {
    await using server = await ApiServer.start();
    using watch = await Watch.open(server, FROM_NOW);
    server.inject({ do: action }, { times: 1 });
    server.apply(ingress('a'));
    server.apply(ingress('b'));
    expect(await watch.events(events.length)).toEqual(events);
  });

  it('garbles one line, and the watch goes on', async () => {
    await using server = await ApiServer.start();
    using watch = await Watch.open(server, FROM_NOW);
    server.inject({ do: 'garble' }, { times: 1 });
    server.apply(ingress('a'));
    server.apply(ingress('b'));
    const line = await watch.line();
    expect(() => JSON.parse(line)).toThrow(SyntaxError);
    expect(await watch.events(1)).toEqual(['ADDED b']);
  });
});

describe('a fault of a request', () => {
  it.each([
    [429, 'TooManyRequests', '3'],
    [500, 'InternalError', null],
    [503, 'ServiceUnavailable', null],
  ])('answers %i %s', async (code, reason, retryAfter) => {
    await using server = await ApiServer.start();
    const more = retryAfter === null ? {} : { retryAfterSeconds: Number(retryAfter) };
    server.inject({ do: 'answer', code, ...more }, { on: { verb: 'list' }, times: 1 });
    const reply = await ask(server, 'GET', INGRESSES);
    expect(reply).toMatchObject({ code, body: { reason } });
    expect(reply.headers.get('retry-after')).toBe(retryAfter);
    expect((await ask(server, 'GET', INGRESSES)).code).toBe(200);
  });

  it('resets the connection', async () => {
    await using server = await ApiServer.start();
    server.inject({ do: 'reset' }, { on: { kind: 'Ingress' }, times: 1 });
    await expect(ask(server, 'GET', INGRESSES)).rejects.toThrow('fetch failed');
    expect((await ask(server, 'GET', INGRESSES)).code).toBe(200);
  });

  it('hangs, while others are answered', async () => {
    await using server = await ApiServer.start();
    server.apply(ingress('web'));
    using hang = server.inject({ do: 'hang' }, { on: { verb: 'list', kind: 'Ingress' } });
    const hung = ask(server, 'GET', INGRESSES).catch(() => 'cut off');
    await server.until(() => hang.hits === 1);
    const patch = { body: { metadata: { labels: { a: 'b' } } }, contentType: MERGE_PATCH };
    expect((await ask(server, 'PATCH', `${INGRESSES}/web`, patch)).code).toBe(200);
    server.dropConnections();
    expect(await hung).toBe('cut off');
  });
});

it('after an outage is the same server, on the same port', async () => {
  await using server = await ApiServer.start();
  server.apply(ingress('a'));
  const { url } = server;
  using watch = await Watch.open(server, `${INGRESSES}?resourceVersion=1`);
  await watch.events(1);
  await server.suspend();
  expect((await watch.end()).how).toBe('cut');
  await expect(ask(server, 'GET', INGRESSES)).rejects.toThrow('fetch failed');
  await server.resume();
  expect(server.url).toBe(url);
  expect((await ask(server, 'GET', `${INGRESSES}/a`)).code).toBe(200);
});

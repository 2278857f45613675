// The kinds of patch that the test API server takes, and who owns which field afterwards.

import { describe, expect, it } from 'vitest';
import { type Fields, fieldAt } from '../support/apiserver/api-object.ts';
import { ApiServer } from '../support/apiserver/api-server.ts';
import { jsonPatch } from '../support/apiserver/json-patch.ts';
import { mergePatch } from '../support/apiserver/merge-patch.ts';
import { strategicMergePatch } from '../support/apiserver/strategic-merge-patch.ts';
import { ask, INGRESSES, ingress, MERGE_PATCH } from '../support/apiserver/test-client.ts';

const JSON_PATCH = 'application/json-patch+json';
const STRATEGIC = 'application/strategic-merge-patch+json';
const APPLY = 'application/apply-patch+yaml';

it.each([
  // target                patch                 result
  [{ a: 1 }, { b: 2 }, { a: 1, b: 2 }],
  [{ a: 1, b: 2 }, { b: null }, { a: 1 }],
  [{ a: { b: 1, c: 2 } }, { a: { c: 3 } }, { a: { b: 1, c: 3 } }],
  [{ a: [1, 2] }, { a: [3] }, { a: [3] }],
  [{}, { a: { b: null } }, { a: {} }],
  [{ a: 1 }, { a: { b: 2 } }, { a: { b: 2 } }],
])('a merge patch makes of %j by %j: %j', (target, patch, result) => {
  expect(mergePatch(target, patch)).toEqual(result);
});

it.each([
  // target           operation                                          result
  [{ a: 1 }, { op: 'add', path: '/b', value: 2 }, { a: 1, b: 2 }],
  [{ a: [1, 3] }, { op: 'add', path: '/a/1', value: 2 }, { a: [1, 2, 3] }],
  [{ a: [1] }, { op: 'add', path: '/a/-', value: 2 }, { a: [1, 2] }],
  [{ a: [1, 2] }, { op: 'remove', path: '/a/0' }, { a: [2] }],
  [{ a: { b: 1 } }, { op: 'replace', path: '/a/b', value: 2 }, { a: { b: 2 } }],
  [{ 'x/y~z': 1 }, { op: 'replace', path: '/x~1y~0z', value: 2 }, { 'x/y~z': 2 }],
  [{ a: 1 }, { op: 'move', from: '/a', path: '/b' }, { b: 1 }],
  [{ a: 1 }, { op: 'copy', from: '/a', path: '/b' }, { a: 1, b: 1 }],
  [{ a: [1] }, { op: 'test', path: '/a', value: [1] }, { a: [1] }],
])('a JSON patch makes of %j by %j: %j', (target, operation, result) => {
  expect(jsonPatch(target, [operation])).toEqual(result);
});

it.each([
  { op: 'remove', path: '/none' },
  { op: 'replace', path: '/none', value: 1 },
  { op: 'test', path: '/a', value: 2 },
  { op: 'add', path: '/a/b', value: 1 },
  { op: 'paint', path: '/a' },
])('a JSON patch cannot %j, which is 422', (operation) => {
  expect(() => jsonPatch({ a: 1 }, [operation])).toThrow(expect.objectContaining({ code: 422 }));
});

describe('a strategic merge patch', () => {
  const containers = [
    { name: 'a', image: 'a:1', env: [{ name: 'X', value: '1' }] },
    { name: 'b', image: 'b:1' },
  ];

  it.each([
    // what                                patch of spec                                          then
    ['merges a named item', { containers: [{ name: 'b', image: 'b:2' }] }, 'a=a:1 b=b:2'],
    [
      'adds an item of another name',
      { containers: [{ name: 'c', image: 'c:1' }] },
      'a=a:1 b=b:1 c=c:1',
    ],
    ['deletes an item', { containers: [{ name: 'a', $patch: 'delete' }] }, 'b=b:1'],
    [
      'replaces a list when told to',
      { containers: [{ $patch: 'replace' }, { name: 'z', image: 'z:1' }] },
      'z=z:1',
    ],
    [
      'puts items in order',
      {
        $setElementOrder: [],
        containers: [],
        '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }],
      },
      'b=b:1 a=a:1',
    ],
    ['deletes a field', { containers: null }, ''],
  ])('%s', (_, patch, images) => {
    const merged = strategicMergePatch({ spec: { containers } }, { spec: patch });
    const items = (fieldAt(merged, 'spec.containers') ?? []) as { name: string; image: string }[];
    expect(items.map(({ name, image }) => `${name}=${image}`).join(' ')).toBe(images);
  });

  it('merges lists inside items of lists', () => {
    const patch = { spec: { containers: [{ name: 'a', env: [{ name: 'Y', value: '2' }] }] } };
    expect(strategicMergePatch({ spec: { containers } }, patch)).toMatchObject({
      spec: { containers: [{ name: 'a', env: [{ name: 'X' }, { name: 'Y' }] }, { name: 'b' }] },
    });
  });

  it('replaces lists that are no sets, as rules of an Ingress are', () => {
    const target = { spec: { rules: [{ host: 'a' }, { host: 'b' }] } };
    const patch = { spec: { rules: [{ host: 'c' }] } };
    expect(strategicMergePatch(target, patch)).toEqual({ spec: { rules: [{ host: 'c' }] } });
  });
});

it.each([
  [MERGE_PATCH, { metadata: { labels: { a: 'b' } } }],
  [STRATEGIC, { metadata: { labels: { a: 'b' } } }],
  [JSON_PATCH, [{ op: 'add', path: '/metadata/labels', value: { a: 'b' } }]],
  [`${APPLY}`, { metadata: { labels: { a: 'b' } } }],
])('%s comes through the same door', async (contentType, body) => {
  await using server = await ApiServer.start();
  server.apply(ingress('web'));
  const path = `${INGRESSES}/web?fieldManager=me`;
  const reply = await ask(server, 'PATCH', path, { body, contentType });
  expect(reply).toMatchObject({ code: 200, body: { metadata: { labels: { a: 'b' } } } });
  expect(reply.body.metadata.managedFields).toContainEqual(
    expect.objectContaining({
      manager: 'me',
      operation: contentType === APPLY ? 'Apply' : 'Update',
      fieldsV1: { 'f:metadata': { 'f:labels': { 'f:a': {} } } },
    }),
  );
});

it('a patch that names a stale version is 409', async () => {
  await using server = await ApiServer.start();
  server.apply(ingress('web'));
  const body = { metadata: { resourceVersion: '1', labels: { a: 'b' } } };
  const reply = await ask(server, 'PATCH', `${INGRESSES}/web`, { body, contentType: MERGE_PATCH });
  expect(reply).toMatchObject({ code: 409, body: { reason: 'Conflict' } });
});

describe('server-side apply', () => {
  it('makes what is not there', async () => {
    await using server = await ApiServer.start();
    const reply = await apply(server, 'me', { spec: ingress('web').spec });
    expect(reply.code).toBe(201);
    expect(server.get({ kind: 'Ingress', name: 'web' })).toMatchObject({
      metadata: { generation: 1, managedFields: [{ manager: 'me', operation: 'Apply' }] },
    });
  });

  it('takes away what its manager no longer names, and leaves what others named', async () => {
    await using server = await ApiServer.start();
    const { spec } = ingress('web');
    await apply(server, 'me', { spec, metadata: { labels: { mine: '1', shared: '1' } } });
    await apply(server, 'you', { metadata: { labels: { shared: '1', yours: '1' } } });
    const { body } = await apply(server, 'me', { spec });
    expect(body.metadata.labels).toEqual({ shared: '1', yours: '1' });
  });

  it('refuses to change what another manager owns, unless forced', async () => {
    await using server = await ApiServer.start();
    await apply(server, 'me', { spec: ingress('web').spec, metadata: { labels: { a: '1' } } });
    const wanted = { metadata: { labels: { a: '2' } } };
    const refused = await apply(server, 'you', wanted);
    expect(refused).toMatchObject({ code: 409, body: { reason: 'Conflict' } });
    expect(refused.body.message).toBe(
      'Apply failed with 1 conflict: conflict with "me": .metadata.labels.a',
    );
    const forced = await apply(server, 'you', wanted, '&force=true');
    expect(forced.body.metadata.labels).toEqual({ a: '2' });
  });

  it('of the same again changes no version', async () => {
    await using server = await ApiServer.start();
    const first = await apply(server, 'me', { spec: ingress('web').spec });
    const second = await apply(server, 'me', { spec: ingress('web').spec });
    expect(second.body).toEqual(first.body);
  });

  it('merges items of lists by their keys', async () => {
    await using server = await ApiServer.start();
    const path = '/api/v1/namespaces/default/services/web';
    const options = { contentType: APPLY };
    const port = (name: string, number: number) => ({ name, port: number, protocol: 'TCP' });
    const two = { spec: { ports: [port('a', 80), port('b', 81)] } };
    const one = { spec: { ports: [port('a', 80)] } };
    await ask(server, 'PATCH', `${path}?fieldManager=me`, { body: two, ...options });
    const { body } = await ask(server, 'PATCH', `${path}?fieldManager=me`, {
      body: one,
      ...options,
    });
    expect(body.spec.ports).toMatchObject([{ name: 'a', port: 80 }]);
  });

  it('through the status door writes nothing but the status', async () => {
    await using server = await ApiServer.start();
    server.apply(ingress('web'));
    const status = { loadBalancer: { ingress: [{ ip: '10.0.0.1' }] } };
    const body = { status, spec: { rules: [] } };
    const path = `${INGRESSES}/web/status?fieldManager=me`;
    const reply = await ask(server, 'PATCH', path, { body, contentType: APPLY });
    expect(reply.body).toMatchObject({ status, spec: ingress('web').spec });
  });
});

function apply(server: ApiServer, manager: string, config: Fields, more = '') {
  const path = `${INGRESSES}/web?fieldManager=${manager}${more}`;
  return ask(server, 'PATCH', path, { body: config, contentType: APPLY });
}

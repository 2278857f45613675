// The test API server stands for a real one, so what it does to objects is held against the
// documented behaviour of Kubernetes.

import { describe, expect, it } from 'vitest';
import { ApiServer } from '../support/apiserver/api-server.ts';
import { ask, INGRESSES, ingress, MERGE_PATCH, Watch } from '../support/apiserver/test-client.ts';

describe('an object that is made', () => {
  it('gets uid, version, time and generation, and is there', async () => {
    await using server = await ApiServer.start();
    const made = await ask(server, 'POST', INGRESSES, { body: ingress('web') });
    expect(made.code).toBe(201);
    expect(made.body.metadata).toMatchObject({
      uid: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      resourceVersion: server.resourceVersion,
      creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      generation: 1,
    });
    expect((await ask(server, 'GET', `${INGRESSES}/web`)).body).toEqual(made.body);
  });

  it('starts without the status that its maker gave it', async () => {
    await using server = await ApiServer.start();
    const status = { loadBalancer: { ingress: [{ ip: '10.0.0.1' }] } };
    const { body } = await ask(server, 'POST', INGRESSES, { body: { ...ingress('web'), status } });
    expect(body.status).toEqual({ loadBalancer: {} });
  });

  it('may leave the end of its name to the server', async () => {
    await using server = await ApiServer.start();
    const { metadata: _, ...rest } = ingress('web');
    const unnamed = { ...rest, metadata: { generateName: 'web-' } };
    const { body } = await ask(server, 'POST', INGRESSES, { body: unnamed });
    expect(body.metadata.name).toMatch(/^web-.{5}$/);
  });
});

describe('a change', () => {
  const HOST = { spec: { rules: [{ host: 'other.example.com' }] } };
  const LABEL = { metadata: { labels: { a: 'b' } } };
  const STATUS = { status: { loadBalancer: { ingress: [{ ip: '10.0.0.1' }] } } };

  it.each([
    // what           through      generation  version changes
    ['of the spec  ', HOST, '', 2, true],
    ['of a label   ', LABEL, '', 1, true],
    ['of nothing   ', { metadata: {} }, '', 1, false],
    ['of the status', STATUS, '/status', 1, true],
    ['of the status', STATUS, '', 1, false],
    ['of the spec  ', HOST, '/status', 1, false],
    ['of a label   ', LABEL, '/status', 1, false],
  ])(
    '%s %j through %j leaves generation %i; another version: %s',
    async (_, patch, door, generation, isOther) => {
      await using server = await ApiServer.start();
      const before = server.apply(ingress('web'));
      const options = { body: patch, contentType: MERGE_PATCH };
      const { body } = await ask(server, 'PATCH', `${INGRESSES}/web${door}`, options);
      expect(body.metadata.generation).toBe(generation);
      expect(body.metadata.resourceVersion !== before.metadata.resourceVersion).toBe(isOther);
    },
  );

  it('that is only tried out stores nothing', async () => {
    await using server = await ApiServer.start();
    const before = server.apply(ingress('web'));
    const options = { body: LABEL, contentType: MERGE_PATCH };
    const tried = await ask(server, 'PATCH', `${INGRESSES}/web?dryRun=All`, options);
    const made = await ask(server, 'POST', `${INGRESSES}?dryRun=All`, { body: ingress('new') });
    await ask(server, 'DELETE', `${INGRESSES}/web?dryRun=All`);
    expect(tried.body.metadata.labels).toEqual({ a: 'b' });
    expect(made.code).toBe(201);
    expect(server.list('Ingress')).toEqual([before]);
  });
});

describe('a refusal is a Status with a reason', () => {
  const stale = { ...ingress('web', { resourceVersion: '1' }) };
  const renamed = ingress('other');
  const elsewhere = { ...ingress('new'), metadata: { name: 'new', namespace: 'other' } };
  const homeless = { ...ingress('new'), metadata: { name: 'new' } };

  it.each([
    // method    path                      body             code  reason            message
    [
      'GET',
      `${INGRESSES}/none`,
      undefined,
      404,
      'NotFound',
      'ingresses.networking.k8s.io "none" not found',
    ],
    ['DELETE', `${INGRESSES}/none`, undefined, 404, 'NotFound', 'not found'],
    [
      'GET',
      '/apis/nothing/v1/things',
      undefined,
      404,
      'NotFound',
      'could not find the requested resource',
    ],
    [
      'POST',
      INGRESSES,
      ingress('web'),
      409,
      'AlreadyExists',
      'ingresses.networking.k8s.io "web" already exists',
    ],
    ['PUT', `${INGRESSES}/web`, stale, 409, 'Conflict', 'the object has been modified'],
    ['PUT', `${INGRESSES}/web`, renamed, 400, 'BadRequest', 'does not match the name on the URL'],
    ['POST', INGRESSES, elsewhere, 400, 'BadRequest', 'the namespace of the provided object'],
    [
      'POST',
      INGRESSES.replace('default', 'none'),
      homeless,
      404,
      'NotFound',
      'namespaces "none" not found',
    ],
    ['POST', INGRESSES, ingress('Web'), 422, 'Invalid', 'metadata.name: Invalid value: "Web"'],
    ['PATCH', `${INGRESSES}/web`, {}, 415, 'UnsupportedMediaType', 'application/json'],
    ['POST', INGRESSES, [], 400, 'BadRequest', 'no object'],
    [
      'GET',
      `${INGRESSES}?fieldSelector=spec.x=1`,
      undefined,
      400,
      'BadRequest',
      'field label not supported: spec.x',
    ],
    [
      'GET',
      `${INGRESSES}?resourceVersion=99999`,
      undefined,
      504,
      'Timeout',
      'Too large resource version',
    ],
  ])('%s %s %j is %i %s', async (method, path, body, code, reason, message) => {
    await using server = await ApiServer.start();
    server.apply(ingress('web'));
    const reply = await ask(server, method, path, { body });
    expect(reply).toMatchObject({
      code,
      body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason },
    });
    expect(reply.body.message).toContain(message);
  });

  it.each([
    // field of the first path or rule        value               the message says
    ['pathType', undefined, 'pathType: Required value: pathType must be specified'],
    ['pathType', 'prefix', 'pathType: Unsupported value: "prefix"'],
    ['path', 'web', 'path: Invalid value: "web": must be an absolute path'],
    ['path', '/a//b', 'path: Invalid value: "/a//b": must not contain \'//\''],
    ['path', '/a/..', 'path: Invalid value: "/a/..": cannot end with \'/..\''],
    ['backend', {}, 'backend: Required value: one of service or resource backend is required'],
    ['backend', { service: { name: 'web', port: {} } }, 'port name or number is required'],
  ])('an Ingress with %s %j is invalid', async (field, value, message) => {
    await using server = await ApiServer.start();
    const [rule] = ingress('web').spec.rules;
    const paths = [{ ...rule?.http.paths[0], [field]: value }];
    const body = {
      ...ingress('web'),
      spec: { rules: [{ host: 'a.example.com', http: { paths } }] },
    };
    const reply = await ask(server, 'POST', INGRESSES, { body });
    expect(reply).toMatchObject({
      code: 422,
      body: { reason: 'Invalid', details: { name: 'web' } },
    });
    expect(reply.body.message).toContain(message);
  });
});

describe('deleting', () => {
  it('takes the object away, and says which it was', async () => {
    await using server = await ApiServer.start();
    const { uid } = server.apply(ingress('web')).metadata;
    const { body } = await ask(server, 'DELETE', `${INGRESSES}/web`);
    expect(body).toMatchObject({ status: 'Success', details: { name: 'web', uid } });
    expect(server.get({ kind: 'Ingress', name: 'web' })).toBeUndefined();
  });

  it('heeds a precondition', async () => {
    await using server = await ApiServer.start();
    server.apply(ingress('web'));
    const body = { preconditions: { uid: 'another' } };
    expect((await ask(server, 'DELETE', `${INGRESSES}/web`, { body })).code).toBe(409);
  });

  it('of a collection takes what the selector names', async () => {
    await using server = await ApiServer.start();
    server.apply(ingress('a', { labels: { old: 'yes' } }));
    server.apply(ingress('b'));
    await ask(server, 'DELETE', `${INGRESSES}?labelSelector=old`);
    expect(server.list('Ingress').map(({ metadata }) => metadata.name)).toEqual(['b']);
  });

  it('of a namespace takes what is in it, and lets nothing in before it is gone', async () => {
    await using server = await ApiServer.start();
    server.apply(ingress('web', { namespace: 'shop' }));
    using watch = await Watch.open(server, '/api/v1/namespaces?fieldSelector=metadata.name=shop');
    await ask(server, 'DELETE', '/api/v1/namespaces/shop');
    const late = await ask(server, 'POST', INGRESSES.replace('default', 'shop'), {
      body: ingress('late', { namespace: 'shop' }),
    });
    expect(late).toMatchObject({ code: 403, body: { reason: 'Forbidden' } });
    expect(await watch.events(3)).toEqual(['ADDED shop', 'MODIFIED shop', 'DELETED shop']);
    expect(server.list('Ingress')).toEqual([]);
  });
});

describe('the server fills in', () => {
  it.each([
    [
      'Service',
      { spec: { ports: [{ port: 80 }] } },
      {
        spec: {
          type: 'ClusterIP',
          clusterIP: expect.stringMatching(/^10\.96\./),
          ports: [{ protocol: 'TCP', targetPort: 80 }],
        },
      },
    ],
    ['Secret', { stringData: { a: 'text' } }, { type: 'Opaque', data: { a: 'dGV4dA==' } }],
    [
      'Namespace',
      {},
      { status: { phase: 'Active' }, metadata: { labels: { 'kubernetes.io/metadata.name': 'x' } } },
    ],
  ])('what a %s leaves out', async (kind, fields, expected) => {
    await using server = await ApiServer.start();
    const made = server.apply({ apiVersion: 'v1', kind, metadata: { name: 'x' }, ...fields });
    expect(made).toMatchObject(expected);
  });
});

it('shows an Event in either group', async () => {
  await using server = await ApiServer.start();
  const involvedObject = { kind: 'Ingress', namespace: 'default', name: 'web' };
  const event = { metadata: { name: 'web.1' }, involvedObject, message: 'gone', count: 2 };
  await ask(server, 'POST', '/api/v1/namespaces/default/events', { body: event });
  const path = '/apis/events.k8s.io/v1/namespaces/default/events';
  expect((await ask(server, 'GET', `${path}/web.1`)).body).toMatchObject({
    apiVersion: 'events.k8s.io/v1',
    regarding: involvedObject,
    note: 'gone',
    deprecatedCount: 2,
  });
  const found = await ask(server, 'GET', `${path}?fieldSelector=regarding.name=web`);
  expect(found.body.items).toHaveLength(1);
});

it('keeps a record of what was asked, and lets a test wait for it', async () => {
  await using server = await ApiServer.start();
  const seen = server.until(() =>
    server.requests.find(({ resource }) => resource?.verb === 'list'),
  );
  await ask(server, 'GET', `${INGRESSES}?limit=7`);
  expect(await seen).toMatchObject({
    method: 'GET',
    url: `${INGRESSES}?limit=7`,
    user: 'kubernetes-admin',
  });
});

it('is fast enough for large clusters: it lists 10,000 Ingresses in no time', async () => {
  await using server = await ApiServer.start();
  for (let index = 0; index < 10_000; index += 1) server.apply(ingress(`web-${index}`));
  const startMs = performance.now();
  const { body } = await ask(server, 'GET', INGRESSES);
  const listMs = performance.now() - startMs;
  expect(body.items).toHaveLength(10_000);
  // Generous: a slow machine takes a fifth of it.
  expect(listMs).toBeLessThan(2_000);
});

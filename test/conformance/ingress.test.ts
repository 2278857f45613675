// What the conformance suite of Ingress v1 asks of every controller, as far as it goes without TLS:
// default backend, host rules, ingress class, load balancing, path rules. One gateway serves all.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ADDRESS,
  GatewayScene,
  type IngressRule,
  ingressClass,
  ingressObject,
} from '../support/gateway-scene.ts';

let scene: GatewayScene;

beforeAll(async () => {
  scene = await GatewayScene.start();
  await scene.gateway();
});

afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

/** `200 service`, or the status alone where no pod has answered. */
async function answer(host: string, path: string): Promise<string> {
  const { status, echo } = await scene.send({ host, path });
  return echo === null ? `${status}` : `${status} ${echo.service}`;
}

describe('default backend: given an Ingress with nothing but a default backend', () => {
  beforeAll(async () => {
    await scene.service('echo-default');
    await scene.write(ingressObject('default-backend', { defaultService: 'echo-default' }));
    await scene.hasAddress('default-backend');
  });

  afterAll(async () => {
    await scene.remove(ingressObject('default-backend', {}));
  });

  it('then its status shows the address of the gateway', async () => {
    expect(await scene.addresses('default-backend')).toEqual([ADDRESS]);
  });

  it.each([
    // host               path                      because
    ['my-host', '/', 'any host is answered'],
    ['my-host', '/sub-path', 'and any path'],
    ['other.example.com', '/a/b/c?query=1', 'and any query, which the pod sees'],
    ['', '/', 'a request for the address itself too'],
  ])('when GET is sent for %j and %s, then its service answers: %s', async (host, path) => {
    const { status, headers, echo } = await scene.send(host === '' ? { path } : { host, path });
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json');
    expect(headers['content-length']).toMatch(/^\d+$/);
    expect(headers.date).toMatch(/ GMT$/);
    expect(echo).toMatchObject({
      service: 'echo-default',
      method: 'GET',
      path,
      httpVersion: '1.1',
      ...(host !== '' && { headers: expect.objectContaining({ host }) }),
    });
  });

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'REPORT'])(
    'when %s is sent, then it reaches the service as it is',
    async (method) => {
      const body = ['POST', 'PUT', 'PATCH'].includes(method) ? 'some text' : undefined;
      const { status, echo } = await scene.send({ method, ...(body && { body }) });
      expect(status).toBe(200);
      expect(echo?.method ?? 'HEAD').toBe(method);
    },
  );
});

describe('host rules: given an Ingress with rules for an exact host and for a wildcard', () => {
  beforeAll(async () => {
    await scene.service('echo-exact');
    await scene.service('echo-wildcard');
    const rest = { path: '/', pathType: 'Prefix' } as const;
    const rules: IngressRule[] = [
      { host: 'foo.bar.com', service: 'echo-exact', ...rest },
      { host: '*.foo.com', service: 'echo-wildcard', ...rest },
      { host: 'own.foo.com', service: 'echo-exact', ...rest },
    ];
    await scene.write(ingressObject('host-rules', { rules }));
    await scene.hasAddress('host-rules');
  });

  // biome-ignore format: a table
  it.each([
    // host               then                    because
    ['foo.bar.com',       '200 echo-exact',       'it is the host of the rule'],
    ['FOO.Bar.com',       '200 echo-exact',       'host names have no case'],
    ['foo.bar.com:8080',  '200 echo-exact',       'the port is no part of the name'],
    ['foo.bar.com.',      '200 echo-exact',       'a name may end with the dot of the root'],
    ['bar.com',           '404',                  'a rule is not for the parent'],
    ['a.foo.bar.com',     '404',                  'nor for what is below it'],
    ['notfoo.bar.com',    '404',                  'nor for a name that ends alike'],
    ['bar.foo.com',       '200 echo-wildcard',    'the wildcard stands for one label'],
    ['baz.foo.com',       '200 echo-wildcard',    'whichever it is'],
    ['own.foo.com',       '200 echo-exact',       'an exact host goes first'],
    ['a.b.foo.com',       '404',                  'the wildcard stands for no more than one label'],
    ['foo.com',           '404',                  'and for no less'],
    ['.foo.com',          '404',                  'and for no empty one'],
  ])('when GET is sent for %s, then the answer is %s: %s', async (host, expected) => {
    expect(await answer(host, '/')).toBe(expected);
  });
});

describe('ingress class: given Ingresses of several classes', () => {
  const rule = (host: string): IngressRule => {
    return { host, path: '/', pathType: 'Prefix', service: 'echo-class' };
  };

  beforeAll(async () => {
    await scene.service('echo-class');
    await scene.write(ingressClass('theirs', 'example.com/ingress-controller'));
    const specs = {
      'class-unknown': { className: 'some-invalid-class-name', rules: [rule('unknown.class')] },
      'class-theirs': { className: 'theirs', rules: [rule('theirs.class')] },
      'class-ours': { rules: [rule('ours.class')] },
    };
    for (const [name, spec] of Object.entries(specs)) await scene.write(ingressObject(name, spec));
    await scene.hasAddress('class-ours');
  });

  it.each([
    ['class-unknown', 'unknown.class', '404', 'a class that does not exist'],
    ['class-theirs', 'theirs.class', '404', 'the class of another controller'],
    ['class-ours', 'ours.class', '200 echo-class', 'our class'],
  ])('%s: when GET is sent for %s, then the answer is %s', async (name, host, expected) => {
    expect(await answer(host, '/')).toBe(expected);
    expect(await scene.addresses(name)).toEqual(expected === '404' ? [] : [ADDRESS]);
  });

  it('when an Ingress goes over to our class, then it is served, and its status says so', async () => {
    await scene.write(ingressObject('class-theirs', { rules: [rule('theirs.class')] }));
    await scene.hasAddress('class-theirs');
    expect(await answer('theirs.class', '/')).toBe('200 echo-class');
  });
});

describe('load balancing: given an Ingress for a Service', () => {
  const REQUESTS = 100;
  const PODS = 10;

  async function serve(service: string, podCount: number): Promise<readonly string[]> {
    const pods = await scene.service(service, podCount);
    const rule = { host: `${service}.lb`, path: '/', pathType: 'Prefix', service } as const;
    await scene.write(ingressObject(service, { rules: [rule] }));
    await scene.hasAddress(service);
    return pods.map(({ name }) => name);
  }

  /** How many of the requests each pod has answered. */
  async function shares(service: string): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (let sent = 0; sent < REQUESTS; sent += 1) {
      const { status, echo } = await scene.send({ host: `${service}.lb` });
      const name = echo?.pod ?? `${status}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts;
  }

  it(`with one pod, when ${REQUESTS} requests are sent, then it answers them all`, async () => {
    const [pod = ''] = await serve('echo-single', 1);
    expect(await shares('echo-single')).toEqual(new Map([[pod, REQUESTS]]));
  });

  it(`with ${PODS} pods, when ${REQUESTS} requests are sent, then all answer alike`, async () => {
    const pods = await serve('echo-many', PODS);
    const counts = await shares('echo-many');
    expect([...counts.keys()].sort()).toEqual(pods.toSorted());
    // Each of the two workers takes turns by itself, and so is one request off at most.
    const fair = REQUESTS / PODS;
    for (const count of counts.values()) expect(Math.abs(count - fair)).toBeLessThanOrEqual(2);
  });
});

describe('path rules: given an Ingress with paths of every type', () => {
  // biome-ignore format: a table
  const RULES: readonly (readonly [string, IngressRule['pathType'], string, string])[] = [
    // host          type                      path            service
    ['exact',        'Exact',                  '/foo',         'echo-a'],
    ['exact-slash',  'Exact',                  '/foo/',        'echo-a'],
    ['prefix',       'Prefix',                 '/foo',         'echo-a'],
    ['prefix-slash', 'Prefix',                 '/foo/',        'echo-a'],
    ['prefix-deep',  'Prefix',                 '/aaa/bbb',     'echo-a'],
    ['prefix-cut',   'Prefix',                 '/aaa/bb',      'echo-a'],
    ['all',          'Prefix',                 '/',            'echo-a'],
    ['nested',       'Prefix',                 '/',            'echo-a'],
    ['nested',       'Prefix',                 '/aaa',         'echo-b'],
    ['nested',       'Prefix',                 '/aaa/bbb',     'echo-c'],
    ['mixed',        'Prefix',                 '/foo',         'echo-a'],
    ['mixed',        'Exact',                  '/foo',         'echo-b'],
    ['specific',     'ImplementationSpecific', '/foo',         'echo-a'],
  ];

  beforeAll(async () => {
    for (const service of ['echo-a', 'echo-b', 'echo-c']) await scene.service(service);
    const rules = RULES.map(([name, pathType, path, service]) => {
      return { host: `${name}.path`, pathType, path, service };
    });
    await scene.write(ingressObject('path-rules', { rules }));
    await scene.hasAddress('path-rules');
  });

  // biome-ignore format: a table
  it.each([
    // host                 path               then            because
    ['exact.path',          '/foo',            '200 echo-a',   'it is the very path'],
    ['exact.path',          '/foo?x=/bar',     '200 echo-a',   'a query is no part of the path'],
    ['exact.path',          '/bar',            '404',          'it is another'],
    ['exact.path',          '/foo/',           '404',          'a slash at the end makes another path'],
    ['exact.path',          '/FOO',            '404',          'paths have case'],
    ['exact-slash.path',    '/foo/',           '200 echo-a',   'the slash is part of the path'],
    ['exact-slash.path',    '/foo',            '404',          'and must be there'],
    ['prefix.path',         '/foo',            '200 echo-a',   'a prefix matches itself'],
    ['prefix.path',         '/foo/',           '200 echo-a',   'a slash at the end means nothing'],
    ['prefix.path',         '/foo/bar',        '200 echo-a',   'and all below it'],
    ['prefix.path',         '/FOO',            '404',          'prefixes have case'],
    ['prefix.path',         '/foobar',         '404',          'elements match as a whole'],
    ['prefix.path',         '/',               '404',          'the root is above it'],
    ['prefix-slash.path',   '/foo',            '200 echo-a',   'the slash of a prefix means nothing'],
    ['prefix-slash.path',   '/foo/',           '200 echo-a',   'be it asked for'],
    ['prefix-slash.path',   '/foo/bar',        '200 echo-a',   'or not'],
    ['prefix-deep.path',    '/aaa/bbb',        '200 echo-a',   'both elements match'],
    ['prefix-deep.path',    '/aaa/bbb/',       '200 echo-a',   'and a slash'],
    ['prefix-deep.path',    '/aaa/bbb/ccc',    '200 echo-a',   'and more'],
    ['prefix-deep.path',    '/aaa/bbbxyz',     '404',          'the second element differs'],
    ['prefix-deep.path',    '/aaa',            '404',          'the second element is missing'],
    ['prefix-cut.path',     '/aaa/bbb',        '404',          'an element matches as a whole only'],
    ['all.path',            '/',               '200 echo-a',   'the root'],
    ['all.path',            '/any/path',       '200 echo-a',   'is the prefix of all'],
    ['nested.path',         '/ccc',            '200 echo-a',   'only the root matches'],
    ['nested.path',         '/aaa/ccc',        '200 echo-b',   'the longer prefix goes first'],
    ['nested.path',         '/aaa/bbb/ccc',    '200 echo-c',   'and the longest before it'],
    ['mixed.path',          '/foo',            '200 echo-b',   'an exact path goes before a prefix'],
    ['mixed.path',          '/foo/bar',        '200 echo-a',   'which has the rest'],
    ['specific.path',       '/foo/bar',        '200 echo-a',   'our own type is a prefix'],
    ['specific.path',       '/bar',            '404',          'and no more than that'],
  ])('when GET is sent for %s%s, then the answer is %s: %s', async (host, path, expected) => {
    expect(await answer(host, path)).toBe(expected);
  });
});

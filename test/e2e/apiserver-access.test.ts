// Who may ask the test API server for what: tokens, client certificates, rules in the form of RBAC.

import { request } from 'node:https';
import { describe, expect, it } from 'vitest';
import { ApiServer } from '../support/apiserver/api-server.ts';
import { ask, INGRESSES, ingress } from '../support/apiserver/test-client.ts';

const ALL = '/apis/networking.k8s.io/v1/ingresses';
const WEB = `${INGRESSES}/web`;
const STATUS = `${INGRESSES}/web/status`;
const networking = { apiGroups: ['networking.k8s.io'] };

describe('a token with rules', () => {
  it.each([
    // verbs             resources               namespace   names    method    path       code
    [['list'], ['ingresses'], undefined, null, 'GET', ALL, 200],
    [['list'], ['ingresses'], undefined, null, 'GET', INGRESSES, 200],
    [['list'], ['ingresses'], 'default', null, 'GET', INGRESSES, 200],
    [['list'], ['ingresses'], 'default', null, 'GET', ALL, 403],
    [['list'], ['ingresses'], 'other', null, 'GET', INGRESSES, 403],
    [['list'], ['services'], undefined, null, 'GET', INGRESSES, 403],
    [['watch'], ['ingresses'], undefined, null, 'GET', INGRESSES, 403],
    [['get'], ['ingresses'], undefined, ['web'], 'GET', WEB, 200],
    [['get'], ['ingresses'], undefined, ['new'], 'GET', WEB, 403],
    [['*'], ['*'], undefined, null, 'DELETE', WEB, 200],
    [['get'], ['ingresses'], undefined, null, 'GET', STATUS, 403],
    [['get'], ['ingresses/status'], undefined, null, 'GET', STATUS, 200],
  ])(
    '%j of %j in %j named %j: %s %s is %i',
    async (verbs, resources, namespace, names, method, path, code) => {
      await using server = await ApiServer.start();
      server.apply(ingress('web'));
      const where = namespace === undefined ? {} : { namespace };
      const which = names === null ? {} : { resourceNames: names };
      server.restrict('secret', [{ ...networking, verbs, resources, ...where, ...which }]);
      expect((await ask(server, method, path, bearer('secret'))).code).toBe(code);
    },
  );

  it('is told what it may not do in the words of a real server', async () => {
    await using server = await ApiServer.start();
    server.restrict('secret', [], 'jane');
    const { body } = await ask(server, 'GET', INGRESSES, bearer('secret'));
    expect(body).toMatchObject({ reason: 'Forbidden', code: 403 });
    expect(body.message).toBe(
      'ingresses.networking.k8s.io is forbidden: User "jane" cannot list resource "ingresses" ' +
        'in API group "networking.k8s.io" in the namespace "default"',
    );
  });
});

it.each([
  // a token           requiresIdentity   code
  [null, false, 200],
  [null, true, 401],
  ['good', true, 200],
  ['bad', false, 401],
])('token %j where one is required (%s): %i', async (token, requiresIdentity, code) => {
  await using server = await ApiServer.start({ requiresIdentity });
  server.admit('good');
  const options = token === null ? {} : bearer(token);
  expect((await ask(server, 'GET', INGRESSES, options)).code).toBe(code);
});

it('a token that is revoked is 401', async () => {
  await using server = await ApiServer.start();
  server.admit('token');
  server.revoke('token');
  expect((await ask(server, 'GET', INGRESSES, bearer('token'))).code).toBe(401);
});

it('a service account may do what the stored roles grant it', async () => {
  await using server = await ApiServer.start();
  server.admitServiceAccount('token', { namespace: 'system', name: 'headgate' });
  expect((await ask(server, 'GET', ALL, bearer('token'))).code).toBe(403);
  server.applyManifest(`
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: reader }
rules: [{ apiGroups: [networking.k8s.io], resources: [ingresses], verbs: [list] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: reader }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader }
subjects: [{ kind: ServiceAccount, namespace: system, name: headgate }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: leases, namespace: system }
rules: [{ apiGroups: [coordination.k8s.io], resources: [leases], verbs: [list] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: leases, namespace: system }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: leases }
subjects: [{ kind: ServiceAccount, name: headgate }]
`);
  const leases = '/apis/coordination.k8s.io/v1';
  const inSystem = `${leases}/namespaces/system/leases`;
  expect((await ask(server, 'GET', ALL, bearer('token'))).code).toBe(200);
  expect((await ask(server, 'GET', inSystem, bearer('token'))).code).toBe(200);
  expect((await ask(server, 'GET', `${leases}/leases`, bearer('token'))).code).toBe(403);
});

describe('over TLS', () => {
  it('a client certificate names the user', async () => {
    await using server = await ApiServer.start({ tls: true, requiresIdentity: true });
    const { certificate, key } = server.issueClient('jane');
    expect(await askTls(server, server.authority, { cert: certificate, key })).toBe(200);
    expect(server.requests.at(-1)).toMatchObject({ user: 'jane' });
    expect(await askTls(server, server.authority)).toBe(401);
  });

  it('another authority signs the server after a rotation', async () => {
    await using server = await ApiServer.start({ tls: true });
    const old = server.authority;
    server.rotateAuthority();
    expect(await askTls(server, server.authority)).toBe(200);
    await expect(askTls(server, old)).rejects.toThrow('certificate signature failure');
  });
});

function bearer(token: string) {
  return { headers: { authorization: `Bearer ${token}` } };
}

/** The status of a list, asked on a connection of its own. */
function askTls(server: ApiServer, ca: string | undefined, client = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { ...(ca !== undefined && { ca }), agent: false as const, ...client };
    const sent = request(`${server.url}${INGRESSES}`, options, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    sent.once('error', reject).end();
  });
}

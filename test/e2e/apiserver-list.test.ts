// Lists and selectors of the test API server.

import { expect, it } from 'vitest';
import { ApiServer } from '../support/apiserver/api-server.ts';
import { ask, INGRESSES, ingress, type Reply } from '../support/apiserver/test-client.ts';

const ALL = '/apis/networking.k8s.io/v1/ingresses';
const PODS = '/api/v1/pods';
const SECRETS = '/api/v1/secrets';

it.each([
  // path       labelSelector                fieldSelector                       names
  [ALL, '', '', 'a b c d'],
  [INGRESSES, '', '', 'a b c'],
  [ALL, 'tier=web', '', 'a b'],
  [ALL, 'tier==web,env=test', '', 'b'],
  [ALL, 'tier!=web', '', 'c d'],
  [ALL, 'tier', '', 'a b c'],
  [ALL, '!tier', '', 'd'],
  [ALL, 'tier in (web, db)', '', 'a b c'],
  [ALL, 'tier notin (web,db)', '', 'd'],
  [ALL, 'tier in (web),env', '', 'b'],
  [ALL, '', 'metadata.name=c', 'c'],
  [ALL, '', 'metadata.name!=c', 'a b d'],
  [ALL, '', 'metadata.namespace=other', 'd'],
  [PODS, '', 'spec.nodeName=one', 'p'],
  [PODS, '', 'status.phase=Running', 'p'],
  [SECRETS, '', 'type=kubernetes.io/tls', 't'],
  [SECRETS, '', 'type!=kubernetes.io/tls', 's'],
])('%s with labels %j and fields %j lists %s', async (path, labels, fields, names) => {
  await using server = await ApiServer.start();
  seed(server);
  const query = new URLSearchParams({ labelSelector: labels, fieldSelector: fields });
  expect(namesOf(await ask(server, 'GET', `${path}?${query}`))).toBe(names);
});

it.each(['tier in web', 'a b', '=x'])('the label selector %j is 400', async (selector) => {
  await using server = await ApiServer.start();
  const query = new URLSearchParams({ labelSelector: selector });
  expect((await ask(server, 'GET', `${ALL}?${query}`)).code).toBe(400);
});

it('says nothing of kind and apiVersion in the items, as real lists do not', async () => {
  await using server = await ApiServer.start();
  seed(server);
  const { body } = await ask(server, 'GET', INGRESSES);
  expect(body).toMatchObject({ kind: 'IngressList', apiVersion: 'networking.k8s.io/v1' });
  expect(Object.keys(body.items[0])).toEqual(['metadata', 'spec', 'status']);
});

it('pages show the state of the first page, whatever happens in between', async () => {
  await using server = await ApiServer.start();
  seed(server);
  const first = await ask(server, 'GET', `${ALL}?limit=3`);
  expect(first.body.metadata).toMatchObject({ remainingItemCount: 1 });
  server.delete({ kind: 'Ingress', namespace: 'other', name: 'd' });
  server.apply(ingress('e'));
  const next = `${ALL}?limit=3&continue=${first.body.metadata.continue}`;
  const second = await ask(server, 'GET', next);
  expect([namesOf(first), namesOf(second)]).toEqual(['a b c', 'd']);
  expect(second.body.metadata).toEqual({ resourceVersion: first.body.metadata.resourceVersion });
});

it('a continue token expires when the history is compacted', async () => {
  await using server = await ApiServer.start();
  seed(server);
  const first = await ask(server, 'GET', `${ALL}?limit=1`);
  server.compact();
  const reply = await ask(server, 'GET', `${ALL}?continue=${first.body.metadata.continue}`);
  expect(reply).toMatchObject({ code: 410, body: { reason: 'Expired', code: 410 } });
});

it('does not page what comes from the watch cache, version 0', async () => {
  await using server = await ApiServer.start();
  seed(server);
  expect(namesOf(await ask(server, 'GET', `${ALL}?limit=1&resourceVersion=0`))).toBe('a b c d');
});

it('lists as a Table when asked, with the address of an Ingress', async () => {
  await using server = await ApiServer.start();
  const status = { loadBalancer: { ingress: [{ ip: '10.0.0.1' }, { hostname: 'lb.example' }] } };
  server.apply({ ...ingress('web'), status });
  const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };
  const { body } = await ask(server, 'GET', INGRESSES, { headers });
  expect(body.columnDefinitions.map(({ name }: { name: string }) => name)).toEqual([
    ...['Name', 'Class', 'Hosts', 'Address', 'Ports', 'Age'],
  ]);
  expect(body.rows[0].cells.slice(0, 5)).toEqual([
    ...['web', '<none>', 'web.example.com', '10.0.0.1,lb.example', '80'],
  ]);
});

function seed(server: ApiServer): void {
  server.apply(ingress('a', { labels: { tier: 'web' } }));
  server.apply(ingress('c', { labels: { tier: 'db' } }));
  server.apply(ingress('b', { labels: { tier: 'web', env: 'test' } }));
  server.apply(ingress('d', { namespace: 'other' }));
  const pod = { apiVersion: 'v1', kind: 'Pod' };
  server.apply({
    ...pod,
    metadata: { name: 'p' },
    spec: { nodeName: 'one' },
    status: { phase: 'Running' },
  });
  server.apply({ ...pod, metadata: { name: 'q' }, spec: { nodeName: 'two' } });
  const secret = { apiVersion: 'v1', kind: 'Secret' };
  server.apply({ ...secret, metadata: { name: 's' } });
  const data = { 'tls.crt': '', 'tls.key': '' };
  server.apply({ ...secret, metadata: { name: 't' }, type: 'kubernetes.io/tls', data });
}

function namesOf({ body }: Reply): string {
  const items: readonly { metadata: { name: string } }[] = body.items;
  return items.map(({ metadata }) => metadata.name).join(' ');
}

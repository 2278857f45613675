// The test API server is good enough when the real kubectl takes it for an API server.

import { describe, expect, it } from 'vitest';
import { ApiServer } from '../support/apiserver/api-server.ts';
import { ingress } from '../support/apiserver/test-client.ts';
import { findKubectl, Kubectl } from '../support/kubectl.ts';

const WEB = JSON.stringify(ingress('web'));
const MOVED = WEB.replace('web.example.com', 'moved.example.com');
const WRONG = WEB.replace('Prefix', 'prefix');
const REF = { kind: 'Ingress', name: 'web' };
const FROM_INPUT = ['-f', '-'];

describe.runIf(findKubectl() !== null)('kubectl', () => {
  it('knows the server and its kinds', async () => {
    await using server = await ApiServer.start();
    await using kubectl = await Kubectl.against(server);
    expect(await kubectl.tell(['version'])).toContain('Server Version: v1.35');
    expect(await kubectl.tell(['api-resources'])).toMatch(
      /^ingresses +ing +networking.k8s.io\/v1 +true +Ingress$/m,
    );
  });

  it.each([
    // how                          first                   again
    ['client-side', [], 'created', 'configured'],
    ['server-side', ['--server-side'], 'serverside-applied', 'serverside-applied'],
  ])('applies %s', async (_, flags, first, again) => {
    await using server = await ApiServer.start();
    await using kubectl = await Kubectl.against(server);
    const apply = ['apply', ...flags, ...FROM_INPUT];
    expect(await kubectl.tell(apply, WEB)).toBe(`ingress.networking.k8s.io/web ${first}\n`);
    expect(await kubectl.tell(apply, MOVED)).toBe(`ingress.networking.k8s.io/web ${again}\n`);
    expect(server.get(REF)).toMatchObject({
      metadata: { generation: 2 },
      spec: { rules: [{ host: 'moved.example.com' }] },
    });
  });

  it.each(['apply', 'create'])('%s prints why an Ingress is invalid', async (command) => {
    await using server = await ApiServer.start();
    await using kubectl = await Kubectl.against(server);
    const { exitCode, stderr } = await kubectl.run([command, ...FROM_INPUT], WRONG);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('pathType: Unsupported value: "prefix": supported values: "Exact"');
  });

  it.each([
    // what kubectl makes of words, and sends as protobuf
    [
      'ingress',
      [
        'web',
        '--class=headgate',
        '--rule=a.example.com/x*=web:80,tls=cert',
        '--rule=b.example.com/=web:http',
        '--default-backend=web:80',
        '--annotation=a=b',
      ],
    ],
    ['service clusterip', ['web', '--tcp=80:8080', '--tcp=443:https']],
    ['service externalname', ['web', '--external-name=web.example.com']],
    ['configmap', ['web', '--from-literal=a=text']],
    ['secret generic', ['web', '--from-literal=a=text']],
    ['namespace', ['web']],
    ['serviceaccount', ['web']],
  ])('creates a %s from its arguments %j', async (what, args) => {
    await using server = await ApiServer.start();
    await using kubectl = await Kubectl.against(server);
    const command = ['create', ...what.split(' '), ...args];
    const said = JSON.parse(await kubectl.tell([...command, '--dry-run=client', '-o', 'json']));
    await kubectl.tell(command);
    const { metadata, status: _, ...wanted } = said;
    const { creationTimestamp: __, ...named } = metadata;
    const made = server.get({ kind: said.kind, name: 'web' });
    expect(made).toMatchObject({ ...wanted, metadata: named });
  });

  it('prints an Ingress with its address', async () => {
    await using server = await ApiServer.start();
    await using kubectl = await Kubectl.against(server);
    const status = { loadBalancer: { ingress: [{ ip: '10.0.0.1' }] } };
    server.apply({ ...ingress('web'), status });
    const [head, row] = (await kubectl.tell(['get', 'ingress'])).split('\n');
    expect(head?.split(/ +/)).toEqual(['NAME', 'CLASS', 'HOSTS', 'ADDRESS', 'PORTS', 'AGE']);
    expect(row).toMatch(/^web +<none> +web\.example\.com +10\.0\.0\.1 +80 +\d+s$/);
  });

  it('watches', async () => {
    await using server = await ApiServer.start();
    await using kubectl = await Kubectl.against(server);
    server.apply(ingress('web'));
    const line = kubectl.follow(['get', 'ingress', '--watch'], (text) => text.startsWith('new '));
    await server.until(() => server.watchCount === 1);
    server.apply(ingress('new'));
    expect(await line).toContain('new.example.com');
  });

  it('patches, labels and annotates', async () => {
    await using server = await ApiServer.start();
    await using kubectl = await Kubectl.against(server);
    server.apply(ingress('web'));
    await kubectl.tell(['label', 'ingress', 'web', 'tier=web']);
    await kubectl.tell(['annotate', 'ingress', 'web', 'note=this']);
    await kubectl.tell([
      'patch',
      'ingress',
      'web',
      '--type=json',
      '-p',
      '[{"op":"add","path":"/spec/ingressClassName","value":"other"}]',
    ]);
    const status = '{"status":{"loadBalancer":{"ingress":[{"hostname":"lb.example"}]}}}';
    await kubectl.tell([
      'patch',
      'ingress',
      'web',
      '--subresource=status',
      '--type=merge',
      '-p',
      status,
    ]);
    expect(server.get(REF)).toMatchObject({
      metadata: { labels: { tier: 'web' }, annotations: { note: 'this' }, generation: 2 },
      spec: { ingressClassName: 'other' },
      status: { loadBalancer: { ingress: [{ hostname: 'lb.example' }] } },
    });
  });

  it('deletes, and waits until it is gone', async () => {
    await using server = await ApiServer.start();
    await using kubectl = await Kubectl.against(server);
    server.apply(ingress('web'));
    await kubectl.tell(['delete', 'ingress', 'web']);
    expect(server.get(REF)).toBeUndefined();
  });

  it.each([
    ['events', ['events', '--for', 'ingress/web'], 'ServiceNotFound'],
    ['describe', ['describe', 'ingress', 'web'], 'there is no Service'],
  ])('shows Events in %s', async (_, args, text) => {
    await using server = await ApiServer.start();
    await using kubectl = await Kubectl.against(server);
    const { uid } = server.apply(ingress('web')).metadata;
    const about = { apiVersion: 'networking.k8s.io/v1', ...REF, namespace: 'default', uid };
    const said = { reason: 'ServiceNotFound', message: 'there is no Service', type: 'Warning' };
    const time = '2026-01-01T00:00:00Z';
    server.apply({
      ...{ apiVersion: 'v1', kind: 'Event', metadata: { name: 'web.1' }, involvedObject: about },
      ...{ ...said, firstTimestamp: time, lastTimestamp: time, count: 1 },
    });
    expect(await kubectl.tell(args)).toContain(text);
  });

  it('is told what it may not do', async () => {
    await using server = await ApiServer.start({ requiresIdentity: true });
    await using kubectl = await Kubectl.against(server);
    const { exitCode, stderr } = await kubectl.run(['get', 'ingress']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('You must be logged in to the server');
  });
});

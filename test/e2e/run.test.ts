import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { Headgate } from '../support/headgate.ts';
import { HttpBackend } from '../support/http-backend.ts';
import { manifestDirectory } from '../support/manifest-directory.ts';
import { closedPort } from '../support/raw-peer.ts';
import { sendRequest } from '../support/send-request.ts';
import { ingressManifest, serviceManifest } from '../support/shop-manifests.ts';

const WAIT = { timeout: 10_000, interval: 10 };
const HOST = 'web.example';

function manifestsFor(backend: HttpBackend): Record<string, string> {
  return {
    'service.yaml': serviceManifest({ name: 'web', ports: [backend.port] }),
    'ingress.yaml': ingressManifest({ host: HOST, service: 'web' }),
  };
}

/** A kubeconfig for a cluster that nobody answers for. */
function absentCluster(port: number): string {
  return `apiVersion: v1
kind: Config
clusters: [{ name: edge, cluster: { server: "http://127.0.0.1:${port}" } }]
users: [{ name: edge, user: {} }]
contexts: [{ name: edge, context: { cluster: edge, user: edge } }]
current-context: edge
`;
}

describe('serving', () => {
  it('answers from the backend that the manifests name', async () => {
    await using backend = await HttpBackend.start('web-1');
    await using headgate = await Headgate.start({ manifests: manifestsFor(backend) });
    const answer = await sendRequest({ port: headgate.httpPort, host: HOST });
    expect([answer.status, answer.body]).toEqual([200, 'web-1\n']);
    const unknown = await sendRequest({ port: headgate.httpPort, host: 'unknown.example' });
    expect(unknown.status).toBe(404);
  });

  it('serves a changed manifest, and a pod that replaced another', async () => {
    await using first = await HttpBackend.start('web-1');
    await using second = await HttpBackend.start('web-2');
    await using headgate = await Headgate.start({ manifests: manifestsFor(first) });
    const target = { port: headgate.httpPort, host: 'other.example' };
    expect((await sendRequest(target)).status).toBe(404);
    await headgate.write('ingress.yaml', ingressManifest({ host: target.host, service: 'web' }));
    await vi.waitFor(async () => expect((await sendRequest(target)).body).toBe('web-1\n'), WAIT);
    await headgate.write('service.yaml', serviceManifest({ name: 'web', ports: [second.port] }));
    await vi.waitFor(async () => expect((await sendRequest(target)).body).toBe('web-2\n'), WAIT);
  });

  it('goes on serving what was good while a file is not YAML', async () => {
    await using backend = await HttpBackend.start('web-1');
    await using headgate = await Headgate.start({ manifests: manifestsFor(backend) });
    await headgate.write('ingress.yaml', 'spec: [unclosed');
    await headgate.logged('problem');
    const answer = await sendRequest({ port: headgate.httpPort, host: HOST });
    expect(answer.body).toBe('web-1\n');
    await headgate.write('ingress.yaml', ingressManifest({ host: HOST, service: 'web' }));
    await headgate.logged('problem mended');
  });
});

describe('the admin server', () => {
  it('shows readiness, plan, snapshot and problems', async () => {
    await using backend = await HttpBackend.start('web-1');
    const manifests = {
      ...manifestsFor(backend),
      'lost.yaml': ingressManifest({ host: 'lost.example', service: 'lost' }),
    };
    await using headgate = await Headgate.start({ manifests });
    const pages = ['/healthz', '/readyz', '/debug/plan', '/debug/snapshot', '/debug/problems'];
    const answers = await Promise.all(pages.map((page) => headgate.admin(page)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const [, , plan, snapshot, problems] = await Promise.all(answers.map((one) => one.text()));
    expect(plan).toContain('host: "web.example"');
    expect(snapshot).toContain(`at 127.0.0.1:${backend.port}`);
    expect(JSON.parse(problems ?? '')).toMatchObject([
      { object: { kind: 'Ingress', namespace: 'shop', name: 'lost' }, reason: 'ServiceNotFound' },
    ]);
  });

  it('counts requests by route and status class over all workers', async () => {
    await using backend = await HttpBackend.start('web-1');
    await using headgate = await Headgate.start({ manifests: manifestsFor(backend) });
    for (let count = 0; count < 20; count += 1) {
      await sendRequest({ port: headgate.httpPort, host: HOST });
    }
    const labels =
      'host="web.example",path="/",path_type="Prefix",namespace="shop",ingress="web",status="2xx"';
    await vi.waitFor(async () => {
      const metrics = await (await headgate.admin('/metrics')).text();
      expect(metrics).toContain(`headgate_requests_total{${labels}} 20\n`);
      expect(metrics).toContain('headgate_request_duration_seconds_count 20\n');
      expect(metrics).toContain('headgate_snapshot_generation{worker="1"} 1\n');
    }, WAIT);
  });
});

describe('a port in use', () => {
  it.each(['--http-port', '--admin-port'])('of %s is one clear line and exit 1', async (option) => {
    const occupant = createServer().listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    const { port } = occupant.address() as AddressInfo;
    await using headgate = await Headgate.spawn({ args: [option, String(port)] });
    expect(await headgate.exited()).toBe(1);
    const errors = headgate.log.filter(({ level }) => level === 'error');
    expect(errors.map(({ msg }) => msg)).toEqual([`port ${port} on 127.0.0.1 is in use`]);
    occupant.close();
  });

  it('by another Headgate is refused, although workers share their port', async () => {
    await using first = await Headgate.start();
    await using second = await Headgate.spawn({ args: ['--http-port', String(first.httpPort)] });
    expect(await second.exited()).toBe(1);
    expect(second.log.map(({ msg }) => msg)).toContain(
      `port ${first.httpPort} on 127.0.0.1 is in use`,
    );
  });
});

describe('the end', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('by %s lets requests finish', async (signal) => {
    await using backend = await HttpBackend.start('web-1');
    await using headgate = await Headgate.start({ manifests: manifestsFor(backend) });
    const held = sendRequest({ port: headgate.httpPort, host: HOST, path: '/held' });
    await backend.holds();
    headgate.signal(signal);
    await vi.waitFor(async () => {
      const readiness = await headgate.admin('/readyz');
      expect([readiness.status, await readiness.text()]).toEqual([503, 'draining\n']);
    }, WAIT);
    await vi.waitFor(async () => {
      const refused = sendRequest({ port: headgate.httpPort, host: HOST });
      await expect(refused).rejects.toThrow('ECONNREFUSED');
    }, WAIT);
    backend.release();
    expect(await held).toMatchObject({ status: 200, body: 'released\n' });
    expect(await headgate.exited()).toBe(0);
  });

  it('cuts what is not finished when the drain time is over', async () => {
    await using backend = await HttpBackend.start('web-1');
    const manifests = manifestsFor(backend);
    await using headgate = await Headgate.start({ manifests, args: ['--drain-seconds', '0'] });
    const held = sendRequest({ port: headgate.httpPort, host: HOST, path: '/held' });
    const cut = expect(held).rejects.toThrow();
    await backend.holds();
    headgate.signal('SIGTERM');
    await cut;
    expect(await headgate.exited()).toBe(0);
  });

  it('is put off for the delay, in which new connections are served; a signal ends it', async () => {
    await using backend = await HttpBackend.start('web-1');
    const manifests = manifestsFor(backend);
    await using headgate = await Headgate.start({ manifests, args: ['--drain-delay', '300'] });
    const target = { port: headgate.httpPort, host: HOST };
    headgate.signal('SIGTERM');
    await headgate.logged('serving on before the drain');
    const readiness = await headgate.admin('/readyz');
    expect([readiness.status, await readiness.text()]).toEqual([503, 'about to drain\n']);
    for (let count = 0; count < 10; count += 1) {
      expect(await sendRequest(target)).toMatchObject({ status: 200 });
    }
    const held = sendRequest({ ...target, path: '/held' });
    await backend.holds();
    headgate.signal('SIGTERM');
    expect(await headgate.logged('draining')).toMatchObject({ reason: 'second signal: SIGTERM' });
    await vi.waitFor(() => expect(sendRequest(target)).rejects.toThrow('ECONNREFUSED'), WAIT);
    backend.release();
    expect(await held).toMatchObject({ status: 200, body: 'released\n' });
    expect(await headgate.exited()).toBe(0);
  });

  it('comes when the delay is over', async () => {
    await using headgate = await Headgate.start({ args: ['--drain-delay', '1'] });
    headgate.signal('SIGINT');
    expect(await headgate.logged('draining')).toMatchObject({ reason: 'the delay is over' });
    expect(await headgate.exited()).toBe(0);
  });

  it('is not put off by a process that was never ready', async () => {
    await using directory = await manifestDirectory({ config: absentCluster(await closedPort()) });
    const kubeconfig = join(directory.path, 'config');
    await using headgate = await Headgate.spawn({ kubeconfig, args: ['--drain-delay', '300'] });
    await headgate.logged('listening');
    headgate.signal('SIGTERM');
    expect(await headgate.logged('draining')).toMatchObject({ reason: 'SIGTERM' });
    expect(await headgate.exited()).toBe(0);
  });

  it('comes at once with a second signal', async () => {
    await using backend = await HttpBackend.start('web-1');
    await using headgate = await Headgate.start({ manifests: manifestsFor(backend) });
    const held = sendRequest({ port: headgate.httpPort, host: HOST, path: '/held' });
    const cut = expect(held).rejects.toThrow();
    await backend.holds();
    headgate.signal('SIGTERM');
    await headgate.logged('draining');
    headgate.signal('SIGTERM');
    await cut;
    expect(await headgate.exited()).toBe(1);
  });
});

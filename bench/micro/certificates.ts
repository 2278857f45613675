// What 10,000 certificates cost: from the objects of 10,000 Ingresses in the Store to the first
// generation, in memory, and at the first handshake with a host. Run with --expose-gc.

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { connect } from 'node:tls';
import { monotonicMs } from '#base/clock.ts';
import type { Ingress, Resource, Secret } from '#kubernetes/resources.ts';
import { TlsServers } from '#proxy/tls/tls-servers.ts';
import { ServerNameView } from '#snapshot/server-name-view.ts';
import { type CertificateOptions, makeCertificate } from '../../test/support/make-certificate.ts';
import { clusterObjects } from '../lib/cluster-objects.ts';
import { ControlPlane } from '../lib/control-plane.ts';
import { LoopStalls } from '../lib/loop-stalls.ts';
import { quantile } from '../lib/statistics.ts';
import { formatTable } from '../lib/table.ts';

const INGRESSES = 10_000;
const HANDSHAKES = 1_000;
const MEBIBYTE = 2 ** 20;

function* withCertificates(objects: Iterable<Resource>): Iterable<Resource> {
  for (const object of objects) {
    if (object.kind !== 'Ingress') yield object;
    else yield* secured(object);
  }
}

function secured(ingress: Ingress): readonly Resource[] {
  const hosts = ingress.rules.flatMap(({ host }) => host ?? []);
  const { certificate, key } = makeCertificate({ names: hosts } satisfies CertificateOptions);
  const { namespace, name } = ingress;
  const secret: Secret = {
    ...{ namespace, name, uid: null, createdAtMs: null, locate: null },
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    values: new Map([
      ['tls.crt', Buffer.from(certificate)],
      ['tls.key', Buffer.from(key)],
    ]),
  };
  return [{ ...ingress, tls: [{ hosts, secretName: name }] }, secret];
}

async function measureStart(name: string, objects: Iterable<Resource>): Promise<string[]> {
  await using plane = new ControlPlane();
  for (const object of objects) plane.store.upsert(object);
  globalThis.gc?.();
  const heapBefore = process.memoryUsage().heapUsed;
  using stalls = new LoopStalls();
  stalls.takeLongestMs();
  const startedAt = performance.now();
  plane.controller.changed();
  await plane.rebuilt;
  const durationMs = performance.now() - startedAt;
  const stallMs = stalls.takeLongestMs();
  globalThis.gc?.();
  const heap = process.memoryUsage().heapUsed - heapBefore;
  const row = [durationMs, stallMs, heap / MEBIBYTE, plane.arena.usedBytes / MEBIBYTE];
  if (name !== 'without') await measureHandshakes(plane);
  return [name, ...row.map((value) => value.toFixed(0))];
}

/** The first with each host, and then the same again. */
async function measureHandshakes(plane: ControlPlane): Promise<void> {
  const view = new ServerNameView(plane.arena.buffer);
  view.adopt(plane.control.root);
  let ready = 0;
  const made = (): void => {
    ready += 1;
  };
  const servers = new TlsServers({ view, common: {}, made });
  const listener = createServer();
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const residentBefore = process.memoryUsage.rss();
  for (const name of ['first handshake', 'handshake after']) {
    const durations: number[] = [];
    for (let index = 0; index < HANDSHAKES; index += 1) {
      const servername = `host-${index % 500}.bench.test`;
      const accepted = once(listener, 'connection');
      const client = connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false });
      const [socket] = await accepted;
      const startedAt = monotonicMs();
      servers
        .find({ serverName: servername, rules: null, ticketKey: null })
        ?.emit('connection', socket);
      await once(client, 'secureConnect');
      if (name !== 'first handshake' || index < 500) durations.push(monotonicMs() - startedAt);
      client.destroy();
      if (name === 'first handshake' && index === 499) break;
    }
    const [p50, p99] = [quantile(durations, 0.5), quantile(durations, 0.99)];
    handshakes.push([name, p50.toFixed(2), p99.toFixed(2)]);
  }
  const each = (process.memoryUsage.rss() - residentBefore) / ready / 1_024;
  handshakes.push([`KiB for each of ${ready} that are ready`, each.toFixed(0), '']);
  listener.close();
}

const handshakes: string[][] = [['both sides, ms', 'p50', 'p99']];
const rows = [
  await measureStart('without', clusterObjects(INGRESSES)),
  await measureStart('with 10,000', withCertificates(clusterObjects(INGRESSES))),
];
const heading = ['certificates', 'to published ms', 'longest stall ms', 'heap MiB', 'arena MiB'];
process.stdout.write(`${formatTable([heading, ...rows])}\n${formatTable(handshakes)}`);

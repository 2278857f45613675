// `npm run dev:cluster`: a cluster to play with on one machine, until Ctrl-C. The test API server
// stands for the control plane, small web servers for the pods; Headgate and kubectl are real.

import { mkdtempDisposable, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatTable } from '#base/table.ts';
import { ApiServer } from '../../test/support/apiserver/api-server.ts';
import { clusterTool } from '../tools/cluster-tools.ts';
import { type Ports, runHeadgate, say } from './headgate-process.ts';
import { Kubelet, readPods } from './kubelet.ts';

const SHOP = fileURLToPath(new URL('shop', import.meta.url));
const NODE_ADDRESS = '127.0.0.1';
/** What the downward API would tell Headgate of itself. */
const SELF = { namespace: 'headgate-system', pod: 'headgate-laptop', node: 'laptop' };

const { values: options } = parseArgs({
  options: {
    manifests: { type: 'string', default: SHOP },
    'http-port': { type: 'string', default: '8080' },
    'admin-port': { type: 'string', default: '10254' },
    'restart-seconds': { type: 'string', default: '5' },
  },
});

const kubelet = new Kubelet(Number(options['restart-seconds']), (pod, line) => say(pod.name, line));
try {
  process.exitCode = await playCluster();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  kubelet.stop();
}

/** Resolves to the exit code: Headgate's own, which is 0 after Ctrl-C. */
async function playCluster(): Promise<number> {
  await using server = await ApiServer.start();
  await using directory = await mkdtempDisposable(join(tmpdir(), 'headgate-cluster-'));
  const kubeconfig = await server.writeKubeconfig(directory.path);
  await fill(server);
  const pods = await readPods(options.manifests);
  await Promise.all(pods.map((pod) => kubelet.start(pod)));
  return await runHeadgate(headgateArgs(kubeconfig), (ports) =>
    process.stdout.write(introduce(kubeconfig, ports)),
  );
}

/** The shop, and what a cluster would hold of the machine and of Headgate's own pod. */
async function fill(server: ApiServer): Promise<void> {
  const { manifests } = options;
  const names = (await readdir(manifests)).filter((name) => name.endsWith('.yaml')).sort();
  for (const name of names) server.applyManifest(await readFile(join(manifests, name), 'utf8'));
  const ready = [{ type: 'Ready', status: 'True' }];
  server.apply({
    ...{ apiVersion: 'v1', kind: 'Node', metadata: { name: SELF.node } },
    status: { addresses: [{ type: 'InternalIP', address: NODE_ADDRESS }], conditions: ready },
  });
  const labels = { 'app.kubernetes.io/name': 'headgate' };
  server.apply({
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: { name: SELF.pod, namespace: SELF.namespace, labels },
    spec: { nodeName: SELF.node, containers: [{ name: 'headgate', image: 'headgate' }] },
    status: { phase: 'Running', conditions: ready, hostIP: NODE_ADDRESS, podIP: NODE_ADDRESS },
  });
}

function headgateArgs(kubeconfig: string): readonly string[] {
  return [
    ...['--kubeconfig', kubeconfig, '--bind', '127.0.0.1', '--allow-local-endpoints'],
    ...['--http-port', options['http-port'], '--https-port', 'none'],
    ...['--admin-port', options['admin-port']],
    ...['--pod-namespace', SELF.namespace, '--pod-name', SELF.pod, '--node-name', SELF.node],
    ...['--workers', '2', '--drain-seconds', '2'],
  ];
}

function introduce(kubeconfig: string, ports: Ports): string {
  const kubectl = clusterTool('kubectl') ?? 'kubectl';
  const url = (host: string) => `http://${host}.localhost:${ports.http}/`;
  const tries = [
    ['kubectl get ingress -A', 'each has the address of this node'],
    [`curl ${url('ecshop')}`, 'the pods take turns'],
    [
      "kubectl create ingress new -n shop --class=headgate --rule='new.localhost/*=bbs:80'",
      'makes a route',
    ],
    [`curl ${url('new')}`, 'works at once'],
    ['kubectl edit ingress -n shop bbs', 'the next request after saving follows it'],
    ['kubectl -n shop delete service bbs', 'then see `kubectl describe ingress -n shop bbs`'],
    ['kubectl get events -A', 'what Headgate has to say'],
    [`curl http://127.0.0.1:${ports.admin}/debug/plan`, 'also /readyz, /metrics'],
  ];
  return [
    '\nIn another terminal:\n',
    `  export KUBECONFIG=${kubeconfig}\n`,
    ...(kubectl === 'kubectl' ? [] : [`  alias kubectl=${kubectl}\n`]),
    `\nTry:\n${formatTable(tries.map(([first = '', ...others]) => [`  ${first}`, ...others]))}`,
    '\nCtrl-C ends it all.\n\n',
  ].join('');
}

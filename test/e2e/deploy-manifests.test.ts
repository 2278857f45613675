import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { API_ACCESS } from '#kubernetes/kinds.ts';
import { type ClusterTool, clusterTool } from '../../deploy/tools/cluster-tools.ts';
import { printRbacRules, rbacRules } from '../../deploy/tools/rbac-rules.ts';
import { CHART, renderChart, renderManifests } from '../../deploy/tools/render-manifests.ts';
import manifest from '../../package.json' with { type: 'json' };
import { parseCommandLine } from '../../src/commands/command-line.ts';
import { environmentName } from '../../src/config.ts';
import { settings } from '../../src/settings.ts';
import { ApiServer } from '../support/apiserver/api-server.ts';
import { Kubectl } from '../support/kubectl.ts';

const KUSTOMIZATION = fileURLToPath(new URL('../../deploy/kubernetes', import.meta.url));
const helm = find('helm');
const kubectl = find('kubectl');
const hasNamespaces = spawnSync('unshare', ['-rn', 'true']).status === 0;

interface Container {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string }[];
  readonly image: string;
  readonly [field: string]: unknown;
}

interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly unknown[];
  readonly spec?: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly [Container];
        readonly initContainers?: readonly (Container & { readonly command: readonly string[] })[];
        readonly [field: string]: unknown;
      };
    };
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** Null where it has not been fetched, said in one line. In CI it has to be there. */
function find(name: ClusterTool): string | null {
  const path = clusterTool(name);
  if (path !== null) return path;
  const sentence = `there is no ${name}: run \`npm run tools\``;
  if (process.env.CI === 'true') throw new Error(sentence);
  process.stderr.write(`${sentence}; tests that need it are left out\n`);
  return null;
}

function parse(text: string): readonly KubernetesObject[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS())
    .filter((object) => object !== null);
}

function render(values: readonly string[] = []): readonly KubernetesObject[] {
  const flags = values.flatMap((value) => ['--set', value]);
  return parse(renderChart(String(helm), ['headgate', CHART, '--namespace', 'edge', ...flags]));
}

function daemonSet(objects: readonly KubernetesObject[]) {
  const { spec } = objects.find(({ kind }) => kind === 'DaemonSet') as Required<KubernetesObject>;
  const [container] = spec.template.spec.containers;
  return { spec, pod: spec.template.spec, container };
}

function namesOf(objects: readonly KubernetesObject[]): readonly string[] {
  return objects.map(
    ({ kind, metadata }) => `${kind} ${metadata.namespace ?? '-'}/${metadata.name}`,
  );
}

describe.runIf(helm !== null)('what is made by `npm run update-manifests`', () => {
  it('is what is asked of the API server', () => {
    const file = readFileSync(`${CHART}/files/rules.yaml`, 'utf8');
    expect(file).toBe(printRbacRules(rbacRules(API_ACCESS)));
  });

  it('is the chart with its own values', () => {
    expect(readFileSync(`${KUSTOMIZATION}/headgate.yaml`, 'utf8')).toBe(
      renderManifests(String(helm)),
    );
  });
});

describe.runIf(kubectl !== null)('kubectl', () => {
  it('builds the kustomization: the objects of the chart, and a namespace for them', () => {
    const built = parse(
      execFileSync(String(kubectl), ['kustomize', KUSTOMIZATION], { encoding: 'utf8' }),
    );
    const file = parse(readFileSync(`${KUSTOMIZATION}/headgate.yaml`, 'utf8'));
    const sorted = (objects: readonly KubernetesObject[]) =>
      objects.toSorted((left, right) => left.kind.localeCompare(right.kind));
    const [namespace] = built.filter(({ kind }) => kind === 'Namespace');
    expect(namespace?.metadata.name).toBe('headgate');
    expect(sorted(built.filter((object) => object !== namespace))).toEqual(sorted(file));
  });

  it('applies it to an API server, and nothing is left to change', async () => {
    await using server = await ApiServer.start();
    await using cluster = await Kubectl.against(server);
    await cluster.tell(['apply', '-k', KUSTOMIZATION]);
    const again = await cluster.tell(['apply', '-k', KUSTOMIZATION]);
    const lines = again.trim().split('\n');
    expect(lines).toHaveLength(8);
    expect(lines.filter((line) => !line.endsWith(' unchanged'))).toEqual([]);
  });
});

describe.runIf(helm !== null)('the chart', () => {
  it('has the version of the program', () => {
    const chart = parse(readFileSync(`${CHART}/Chart.yaml`, 'utf8'))[0];
    expect(chart).toMatchObject({ version: manifest.version, appVersion: manifest.version });
  });

  it('passes the linter of helm', () => {
    const told = execFileSync(String(helm), ['lint', '--strict', CHART], { encoding: 'utf8' });
    expect(told).toContain('1 chart(s) linted, 0 chart(s) failed');
  });

  it('makes these objects', () => {
    expect(namesOf(render()).toSorted()).toEqual([
      'ClusterRole -/edge-headgate',
      'ClusterRoleBinding -/edge-headgate',
      'DaemonSet edge/headgate',
      'IngressClass -/headgate',
      'Role edge/headgate',
      'RoleBinding edge/headgate',
      'ServiceAccount edge/headgate',
    ]);
  });

  it('grants exactly what is asked of the API server', () => {
    const { cluster, watchedNamespaces, controllerNamespace } = rbacRules(API_ACCESS);
    const rules = new Map(render().map(({ kind, rules: granted }) => [kind, granted]));
    expect(rules.get('ClusterRole')).toEqual([...cluster, ...watchedNamespaces]);
    expect(rules.get('Role')).toEqual(controllerNamespace);
  });

  it('grants nothing on the cluster if namespaces are named', () => {
    const objects = render(['watchNamespaces={shop,bbs}']);
    const { watchedNamespaces } = rbacRules(API_ACCESS);
    const roles = objects.filter(({ kind }) => kind === 'Role');
    expect(namesOf(objects).filter((name) => name.startsWith('Cluster'))).toEqual([]);
    expect(roles.map(({ metadata, rules }) => [metadata.namespace, rules])).toEqual(
      expect.arrayContaining([
        ['shop', watchedNamespaces],
        ['bbs', watchedNamespaces],
      ]),
    );
    expect(daemonSet(objects).container.args).toContain('--watch-namespace=bbs');
  });

  it('keeps names text that look like numbers', () => {
    const names = ['class.name=1e3', 'watchNamespaces={2024}', 'priorityClassName=7'];
    const objects = parse(
      renderChart(String(helm), [
        ...['7', CHART, '--namespace', '12345'],
        ...names.flatMap((name) => ['--set-string', name]),
      ]),
    );
    expect(namesOf(objects).toSorted()).toEqual([
      'DaemonSet 12345/7-headgate',
      'IngressClass -/1e3',
      'Role 12345/7-headgate',
      'Role 2024/12345-7-headgate-watch',
      'RoleBinding 12345/7-headgate',
      'RoleBinding 2024/12345-7-headgate-watch',
      'ServiceAccount 12345/7-headgate',
    ]);
    const texts = objects.flatMap(({ metadata }) => [metadata.name, metadata.namespace ?? '']);
    expect(texts.filter((text) => typeof text !== 'string')).toEqual([]);
    expect(daemonSet(objects).pod).toMatchObject({ priorityClassName: '7' });
  });

  it('runs with the least that a process on ports of the node needs', () => {
    const { pod, container } = daemonSet(render());
    expect(pod).toMatchObject({
      hostNetwork: true,
      dnsPolicy: 'ClusterFirstWithHostNet',
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65_532,
        seccompProfile: { type: 'RuntimeDefault' },
      },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
    });
    expect(Object.keys(container.resources as object).toSorted()).toEqual(['limits', 'requests']);
    expect(JSON.stringify(pod)).not.toMatch(/hostPath|privileged|hostPID|hostIPC/);
  });

  it('lets the pod that comes listen beside the one that goes', () => {
    const { spec, container } = daemonSet(render());
    expect(spec.updateStrategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
    });
    // With a port declared, the scheduler would let only one of them onto a node.
    expect(container).not.toHaveProperty('ports');
    expect(container).not.toHaveProperty('lifecycle');
    expect(container.args).toContain('--share-ports');
  });

  it.each([
    [0, 0],
    [10, 30],
    [300, 3600],
  ])('gives a delay of %i s and a drain of %i s the time they need', (delay, drain) => {
    const { pod, container } = daemonSet(render([`drainDelay=${delay}`, `drainSeconds=${drain}`]));
    expect(container.args).toContain(`--drain-delay=${delay}`);
    expect(container.args).toContain(`--drain-seconds=${drain}`);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(delay + drain);
  });

  it('sets a sysctl of the node if it is told to, by a container that may', () => {
    expect(daemonSet(render()).pod).not.toHaveProperty('initContainers');
    const { pod } = daemonSet(render(['migrateRequests=true']));
    expect(pod.securityContext).not.toHaveProperty('sysctls');
    expect(pod.initContainers).toMatchObject([
      { securityContext: { privileged: true, runAsNonRoot: false, runAsUser: 0 } },
    ]);
  });

  it.runIf(hasNamespaces)('sets it so that the kernel takes it', () => {
    const { pod } = daemonSet(render(['migrateRequests=true']));
    const [, ...words] = pod.initContainers?.[0]?.command ?? [];
    const script = ['sh', '-c', '"$@" && cat /proc/sys/net/ipv4/tcp_migrate_req', 'sh'];
    const command = [...script, process.execPath, ...words];
    expect(execFileSync('unshare', ['-rn', ...command], { encoding: 'utf8' })).toBe('1\n');
  });

  it('asks only on loopback whether a pod is well', () => {
    const { container } = daemonSet(render(['adminPort=9000']));
    const at = { host: '127.0.0.1', port: 9000 };
    expect(container.readinessProbe).toMatchObject({ httpGet: { ...at, path: '/readyz' } });
    expect(container.livenessProbe).toMatchObject({ httpGet: { ...at, path: '/healthz' } });
    expect(container.args).toContain('--admin-port=9000');
    expect(container.args.join()).not.toContain('--admin-bind');
  });

  it('asks over the socket of the pod whether its start is over', () => {
    const { container } = daemonSet(render());
    const { exec, timeoutSeconds } = container.startupProbe as {
      exec: { command: string[] };
      timeoutSeconds: number;
    };
    const invocation = parseCommandLine(exec.command.slice(2), {});
    expect(invocation).toMatchObject({ command: 'ready' });
    if (invocation.command !== 'ready') return;
    expect(container.args).toContain(`--admin-socket=${invocation.place.adminSocket}`);
    expect(timeoutSeconds).toBeGreaterThan(invocation.waitSeconds);
  });

  it('serves metrics on the address of the node if a PodMonitor is to read them', () => {
    const objects = render(['podMonitor.enabled=true']);
    const { container } = daemonSet(objects);
    expect(namesOf(objects)).toContain('PodMonitor edge/headgate');
    expect(container.args).toContain('--admin-bind=$(POD_IP)');
    expect(container.readinessProbe).not.toHaveProperty('httpGet.host');
  });

  it('tries nothing and lets nobody act unless that is asked for', () => {
    const options = ['--max-memory', '--admin-actions', '--canary-seconds', '--canary-failures'];
    const given = (values: readonly string[]): readonly string[] =>
      daemonSet(render(values)).container.args.filter((arg) =>
        options.some((option) => arg.startsWith(option)),
      );
    expect(given([])).toEqual([]);
    expect(
      given(['maxMemory=1Gi', 'adminActions=true', 'canary.seconds=30', 'canary.failures=5']),
    ).toEqual([
      '--max-memory=1Gi',
      '--admin-actions',
      '--canary-seconds=30',
      '--canary-failures=5',
    ]);
  });

  it('brings the quota that some clusters ask for with a priority of the system', () => {
    const objects = render(['priorityClassName=system-node-critical']);
    expect(namesOf(objects)).toContain('ResourceQuota edge/headgate');
    expect(daemonSet(objects).pod.priorityClassName).toBe('system-node-critical');
    expect(namesOf(render(['priorityClassName=mine'])).join()).not.toContain('ResourceQuota');
  });

  it('names the image by tag and digest', () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    const values = ['image.repository=r.example/h', 'image.tag=v1', `image.digest=${digest}`];
    expect(daemonSet(render(values)).container.image).toBe(`r.example/h:v1@${digest}`);
    expect(daemonSet(render()).container.image).toMatch(new RegExp(`:${manifest.version}$`));
  });

  it('keeps the settings of the class in a ConfigMap that the class refers to', () => {
    const objects = render(['class.settings.default-backend=web/site:80', 'class.isDefault=true']);
    const byKind = new Map(objects.map((object) => [object.kind, object]));
    expect(byKind.get('ConfigMap')).toMatchObject({
      metadata: { name: 'headgate-class', namespace: 'edge' },
      data: { 'default-backend': 'web/site:80' },
    });
    expect(byKind.get('IngressClass')).toMatchObject({
      metadata: { annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } },
      spec: { parameters: { kind: 'ConfigMap', name: 'headgate-class', namespace: 'edge' } },
    });
  });
});

describe.runIf(helm !== null)('the pod of the chart is one that the program understands', () => {
  it.each([
    [[]],
    [['watchNamespaces={shop,bbs}', 'class.name=public', 'class.controllerName=a.example/b']],
    [['publish.addresses={192.0.2.1,lb.example}', 'workers=4', 'accessLog=-', 'logLevel=debug']],
    [
      [
        'trustedProxies={10.0.0.0/8,fd00::/8}',
        'proxyProtocol=true',
        'defaultBackend=web/site:http',
      ],
    ],
    [['publish.service=edge/lb', 'bind={192.0.2.1,::}', 'extraArgs={--via=edge}', 'httpPort=8080']],
    [['httpsPort=none', 'defaultTlsSecret=edge/fallback']],
    [['maxMemory=1Gi', 'adminActions=true', 'canary.seconds=30', 'canary.failures=0']],
    [['maxMemory=none', 'canary=null']],
  ])('with %j', (values) => {
    const { container } = daemonSet(render(values));
    const variables = container.env.map(({ name }) => name);
    const known = Object.values(settings).map(({ flag }) => environmentName(flag));
    const environment = Object.fromEntries(variables.map((name) => [name, 'some-name']));
    expect(parseCommandLine(container.args, environment)).toMatchObject({
      command: 'run',
      config: { sharePorts: true, podName: 'some-name', nodeName: 'some-name' },
    });
    expect(variables.filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe.runIf(helm !== null)('a mistake in the values is refused:', () => {
  it.each([
    ['httpPort=0', 'httpPort'],
    ['httpPort=http', 'httpPort'],
    ['httpsPort=never', 'httpsPort'],
    ['image.digest=sha256:12', 'digest'],
    ['logLevel=loud', 'logLevel'],
    ['drainDelay=301', 'drainDelay'],
    ['watchNamespaces={Shop}', 'watchNamespaces'],
    ['extraArgs={-x}', 'extraArgs'],
    ['podMonitor.enable=true', 'podMonitor'],
    ['maxMemory=1GB', 'maxMemory'],
    ['canary.seconds=3601', 'canary'],
    ['canary.failures=101', 'canary'],
    ['adminActions=yes', 'adminActions'],
    ['replicas=3', 'replicas'],
  ])('%s', (value, place) => {
    expect(() => render([value])).toThrow(place);
  });
});

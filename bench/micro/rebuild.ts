// How long the main thread works on a change of one Ingress among 1,000 and 10,000, step by step:
// what a user waits for, and what the compile threads and workers do not share.

import { compileHost } from '#compile/compile-host.ts';
import { compileContent } from '#control/compile-content.ts';
import { Publisher } from '#control/publisher.ts';
import type { Ingress, Resource } from '#kubernetes/resources.ts';
import { Store } from '#kubernetes/store.ts';
import { ControlBlock } from '#protocol/control-block.ts';
import { Arena } from '#snapshot/arena.ts';
import { EndpointTranslator } from '#translate/endpoint-translator.ts';
import type { TranslateOptions } from '#translate/translate-input.ts';
import { Translator } from '#translate/translator.ts';
import { quantile } from '../lib/statistics.ts';
import { formatTable } from '../lib/table.ts';

const INGRESS_COUNTS = [1_000, 10_000];
const CHANGES = 100;
const SEED = 1;
const OPTIONS: TranslateOptions = {
  ingressClass: 'headgate',
  controllerName: 'headgate.dev/ingress-controller',
  takeIngressesWithoutClass: true,
  defaultBackend: null,
};

/** Ingress `index` with its own host; `services` in turn, so that each version differs. */
function ingressOf(index: number, version: number): Ingress {
  return {
    kind: 'Ingress',
    namespace: `team-${index % 50}`,
    name: `web-${index}`,
    createdAtMs: null,
    locate: null,
    ingressClassName: null,
    classAnnotation: null,
    defaultBackend: null,
    tls: [],
    rules: [
      {
        host: `host-${index}.bench.test`,
        paths: ['/', '/api', '/static'].map((path) => ({
          path: version % 2 === 0 ? path : `${path}/v2`,
          pathType: 'Prefix',
          backend: { type: 'service', service: `web-${index}`, port: 80 },
        })),
      },
    ],
  };
}

function serviceOf(index: number): Resource[] {
  const metadata = { namespace: `team-${index % 50}`, createdAtMs: null, locate: null };
  const name = `web-${index}`;
  return [
    {
      ...metadata,
      kind: 'Service',
      name,
      type: 'ClusterIP',
      externalName: null,
      ports: [{ name: null, port: 80, protocol: 'TCP' }],
    },
    {
      ...metadata,
      kind: 'EndpointSlice',
      name: `${name}-1`,
      serviceName: name,
      addressType: 'IPv4',
      ports: [{ name: null, port: 8080, protocol: 'TCP' }],
      endpoints: [
        { addresses: ['10.0.0.1'], ready: true, serving: true, terminating: false },
        { addresses: ['10.0.0.2'], ready: true, serving: true, terminating: false },
      ],
    },
  ];
}

async function measure(count: number): Promise<string[][]> {
  const store = new Store();
  const translator = new Translator(OPTIONS);
  const endpointTranslator = new EndpointTranslator();
  const publisher = new Publisher({
    arena: new Arena(),
    control: ControlBlock.create(1),
    seed: SEED,
  });
  for (let index = 0; index < count; index += 1) {
    for (const resource of serviceOf(index)) store.upsert(resource);
    store.upsert(ingressOf(index, 0));
  }
  const samples = new Map<string, number[]>();
  const step = (name: string, sinceMs: number): number => {
    const nowMs = performance.now();
    samples.set(name, [...(samples.get(name) ?? []), nowMs - sinceMs]);
    return nowMs;
  };
  for (let change = 0; change < CHANGES; change += 1) {
    const startMs = performance.now();
    store.upsert(ingressOf((change * 7) % 40, change));
    let atMs = step('upsert', startMs);
    const routes = translator.translate(store);
    atMs = step('translate', atMs);
    const endpoints = endpointTranslator.translate(routes.plan, store);
    atMs = step('endpoints', atMs);
    const content = await compileContent(routes.plan, endpoints.plan, {
      holds: (key) => publisher.holds(key),
      compile: async (hosts) => hosts.map((host) => compileHost(host, SEED)),
    });
    atMs = step('compile', atMs);
    publisher.publish(content);
    step('publish', atMs);
    step('all', startMs);
  }
  return [...samples].map(([name, durations]) => {
    const warm = durations.slice(10);
    const cells = [0.5, 0.9].map((fraction) => quantile(warm, fraction).toFixed(2));
    return [`${count}: ${name}`, ...cells, (durations[0] ?? 0).toFixed(1)];
  });
}

const rows: string[][] = [];
for (const count of INGRESS_COUNTS) rows.push(...(await measure(count)));
process.stdout.write(formatTable([['step', 'p50 ms', 'p90 ms', 'first ms'], ...rows]));

// One case of the golden corpus: test/golden/<name>.in.yaml and what our own code makes of it. It
// adds no object and no default: what the case does not say is not there.

import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { formatRef, type Problem } from '#base/problem.ts';
import { buildSnapshot } from '#compile/build-snapshot.ts';
import { ManifestSet } from '#kubernetes/manifest-set.ts';
import { Store } from '#kubernetes/store.ts';
import type { EndpointPlan } from '#plan/endpoint-plan.ts';
import { printPlan } from '#plan/print-plan.ts';
import type { RoutingPlan } from '#plan/routing-plan.ts';
import type { TlsPlan } from '#plan/tls-plan.ts';
import { dumpSnapshot } from '#snapshot/dump.ts';
import { translate } from '#translate/translate.ts';
import { translateEndpoints } from '#translate/translate-endpoints.ts';
import type { SecretName, TranslateOptions } from '#translate/translate-input.ts';
import { parseUpstreamName } from '#translate/upstream-name.ts';
import { KeptLog } from './kept-log.ts';
import { NOW_MS, optionsOf } from './translate-options.ts';

const FOLDER = new URL('../golden/', import.meta.url);
const SEED = 1;

export interface GoldenCase {
  readonly routes: RoutingPlan;
  readonly endpoints: EndpointPlan;
  readonly tls: TlsPlan;
  readonly problems: readonly Problem[];
}

/** A row of a `.requests.txt`. */
export interface GoldenRequest {
  readonly method: string;
  /** Host and path without a scheme; a request without a host begins with the slash. */
  readonly url: string;
  /** The name of the upstream that is asked, or the status that Headgate answers itself. */
  readonly answer: string;
}

/** The path of a file of the corpus. */
export function goldenFile(name: string): URL {
  return new URL(encodeURIComponent(name), FOLDER);
}

export function goldenFileNames(): string[] {
  return readdirSync(FOLDER).sort();
}

export function goldenCaseNames(): string[] {
  const suffix = '.in.yaml';
  return goldenFileNames().flatMap((file) =>
    file.endsWith(suffix) ? file.slice(0, -suffix.length) : [],
  );
}

export function readGoldenCase(name: string): GoldenCase {
  const file = `${name}.in.yaml`;
  const content = readFileSync(goldenFile(file));
  const store = new Store();
  const log = new KeptLog();
  const manifests = new ManifestSet(store, log);
  manifests.update(file, content);
  const [skipped] = log.lines;
  if (skipped !== undefined) throw new Error(`${file}: ${skipped.message}`);
  const options = readOptions(content.toString());
  const routes = translate(store, options, NOW_MS);
  const endpoints = translateEndpoints(routes.plan, store, options);
  return {
    routes: routes.plan,
    endpoints: endpoints.plan,
    tls: routes.tls,
    problems: [...manifests.problems(), ...routes.problems, ...endpoints.problems],
  };
}

/** The machine-written files of a case, by name. */
export function printGoldenCase(name: string): ReadonlyMap<string, string> {
  const { routes, endpoints, tls, problems } = readGoldenCase(name);
  const { arena, root } = buildSnapshot(routes, endpoints, { seed: SEED, tls });
  return new Map([
    [`${name}.plan.yaml`, `${printPlan(routes, endpoints, tls)}${printProblems(problems)}`],
    [`${name}.snapshot.txt`, dumpSnapshot(arena.memory, root)],
  ]);
}

export function readGoldenRequests(name: string): readonly GoldenRequest[] {
  const lines = readFileSync(goldenFile(`${name}.requests.txt`), 'utf8').split('\n');
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [method, url, answer, ...rest] = line.split(/ +/);
      if (method === undefined || url === undefined || answer === undefined || rest.length > 0) {
        throw new Error(`${name}.requests.txt: expected three columns: ${line}`);
      }
      return { method, url, answer };
    });
}

/** From the comment line `# options: ...`, in the words of the command line and `--cluster`. */
function readOptions(text: string): TranslateOptions {
  const line = /^# options: (.*)$/m.exec(text)?.[1];
  const { values } = parseArgs({
    args: line?.split(' ') ?? [],
    options: {
      'ingress-class': { type: 'string', default: 'headgate' },
      'controller-name': { type: 'string', default: 'headgate.dev/ingress-controller' },
      'watch-ingress-without-class': { type: 'boolean', default: false },
      'default-backend': { type: 'string' },
      'pod-namespace': { type: 'string' },
      'node-name': { type: 'string' },
      zone: { type: 'string' },
      'allow-local-endpoints': { type: 'boolean', default: false },
      'default-tls-secret': { type: 'string' },
      'tls-ticket-secret': { type: 'string' },
      'disable-external-names': { type: 'boolean', default: false },
      cluster: { type: 'boolean', default: false },
    },
  });
  const defaultBackend = values['default-backend'];
  return optionsOf({
    ingressClass: values['ingress-class'],
    controllerName: values['controller-name'],
    takeIngressesWithoutClass: !values.cluster || values['watch-ingress-without-class'],
    classMayBeUndeclared: !values.cluster,
    controllerNamespace: values['pod-namespace'] ?? null,
    nodeName: values['node-name'] ?? null,
    zone: values.zone ?? null,
    allowLocalEndpoints: !values.cluster || values['allow-local-endpoints'],
    allowExternalNames: !values['disable-external-names'],
    defaultSecret: secretName(values['default-tls-secret']),
    ticketKeySecret: secretName(values['tls-ticket-secret']),
    defaultBackend: defaultBackend === undefined ? null : parseUpstreamName(defaultBackend),
  });
}

function secretName(text: string | undefined): SecretName | null {
  const [namespace = '', name = ''] = text?.split('/') ?? [];
  return text === undefined ? null : { namespace, name };
}

function printProblems(problems: readonly Problem[]): string {
  if (problems.length === 0) return 'problems: []\n';
  const blocks = problems.map(({ object, field, reason, message, position }) =>
    [
      `  - object: ${object === null ? 'null' : JSON.stringify(formatRef(object))}`,
      `    field: ${JSON.stringify(field)}`,
      `    reason: ${reason}`,
      `    message: ${JSON.stringify(message)}`,
      `    line: ${position?.line ?? 'null'}`,
    ].join('\n'),
  );
  return `problems:\n${blocks.join('\n')}\n`;
}

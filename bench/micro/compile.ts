// How long it takes to compile one host of 10, 100 and 1,000 paths, and to link one changed host
// among 1,000 to 100,000: what one change of the configuration costs beyond reading it.

import { finish } from '#base/sliced.ts';
import { compileHost } from '#compile/compile-host.ts';
import { hostEntry } from '#compile/link.ts';
import { linkTable } from '#compile/link-table.ts';
import type { NamedEntry } from '#compile/table-tree.ts';
import { comparePrecedence } from '#plan/precedence.ts';
import { ADMITS_ANY, type Route, type VirtualHost } from '#plan/routing-plan.ts';
import { Arena } from '#snapshot/arena.ts';
import { spread } from '../lib/statistics.ts';
import { formatTable } from '../lib/table.ts';

const PATH_COUNTS = [10, 100, 1_000];
const HOST_COUNTS = [1_000, 10_000, 100_000];
const ROUNDS = 15;
/** A round repeats its work for about so long, so that the step of the clock is small. */
const ROUND_MS = 20;
const SEED = 1;

function routeTo(path: string): Route {
  return {
    match: { type: 'Prefix', path },
    filters: [],
    upstreams: [{ name: 'bench/backend:80', weight: 1 }],
    source: {
      object: { kind: 'Ingress', namespace: 'bench', name: 'bench' },
      field: 'spec.rules[0].http.paths[0]',
    },
  };
}

function hostOf(name: string, pathCount: number): VirtualHost {
  const routes = Array.from({ length: pathCount }, (_, index) => routeTo(`/team/service-${index}`));
  return {
    host: name,
    routes: routes.toSorted((a, b) => comparePrecedence(a.match, b.match)),
    ...ADMITS_ANY,
  };
}

/** Microseconds of one call: a row of the table with the median and the spread over the rounds. */
function time(name: string, call: () => unknown): string[] {
  const round = () => {
    let calls = 0;
    const start = performance.now();
    let elapsedMs = 0;
    while (elapsedMs < ROUND_MS) {
      call();
      calls += 1;
      elapsedMs = performance.now() - start;
    }
    return (elapsedMs * 1_000) / calls;
  };
  round();
  const { median, min, max } = spread(Array.from({ length: ROUNDS }, round));
  return [name, ...[median, min, max].map((us) => us.toFixed(1))];
}

function timeLink(hostCount: number): string[] {
  const arena = new Arena();
  const allocate = (sizeBytes: number): number => arena.allocate(sizeBytes);
  const options = { memory: arena.memory, allocate };
  const entries = Array.from({ length: hostCount }, (_, index) =>
    hostEntry(`host-${index}.bench.test`, (index + 1) * 8, SEED),
  );
  const { table } = finish(linkTable(null, entries, options));
  const [changed] = entries as [NamedEntry];
  return time(`link one of ${hostCount} hosts`, () => {
    const { fresh, table: next } = finish(linkTable(table, [changed], options));
    for (const offset of [next.offset, ...fresh.map(({ leaf }) => leaf.page)]) arena.free(offset);
  });
}

const rows = [
  ...PATH_COUNTS.map((pathCount) => {
    const host = hostOf('shop.bench.test', pathCount);
    return time(`compile a host of ${pathCount} paths`, () => compileHost(host, SEED));
  }),
  ...HOST_COUNTS.map(timeLink),
];
process.stdout.write(formatTable([['step', 'median us', 'min us', 'max us'], ...rows]));

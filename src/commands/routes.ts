// `headgate routes`: the routing table, one line for each route, in the order in which routes are
// tried within their host.

import { valuesOf } from '#base/sorted-list.ts';
import { formatTable } from '#base/table.ts';
import type { Upstream } from '#plan/endpoint-plan.ts';
import type { Route } from '#plan/routing-plan.ts';
import type { PlanOptions } from './command-line.ts';
import { formatPlace, type ReadPlan, readPlan } from './read-plan.ts';
import type { Report } from './report.ts';

const HEADER = ['HOST', 'PATH', 'TYPE', 'UPSTREAM', 'ENDPOINTS', 'INGRESS', 'PLACE'];

export function routes(options: PlanOptions): Report {
  const plan = readPlan(options);
  const { virtualHosts, defaultRoute } = plan.routes;
  const rows = valuesOf(virtualHosts).flatMap((virtualHost) =>
    virtualHost.routes.map((route) => routeRow(virtualHost.host, route, plan)),
  );
  if (defaultRoute !== null) rows.push(routeRow('(default)', defaultRoute, plan));
  return { text: formatTable([HEADER, ...rows]), remark: remarkOn(plan), exitCode: 0 };
}

function routeRow(host: string, route: Route, plan: ReadPlan): string[] {
  const names = route.upstreams.map(({ name }) => name);
  const endpoints = names.map((name) => countEndpoints(plan.upstreams.get(name)));
  const { type, path } = route.match;
  const { object } = route.source;
  const ingress = object === null ? '' : `${object.namespace}/${object.name}`;
  return [
    ...[host, path, type, names.join(', '), endpoints.join(', ')],
    ...[ingress, formatPlace(route, plan)],
  ];
}

/** An ExternalName has as many endpoints as DNS will say. */
function countEndpoints(upstream: Upstream | undefined): string {
  return upstream?.externalName ? 'by DNS' : String(upstream?.endpoints.length ?? 0);
}

function remarkOn({ problems }: ReadPlan): string {
  if (problems.length === 0) return '';
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return `${count}: "headgate check" tells more\n`;
}

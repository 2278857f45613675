// Prints a plan as YAML: for golden files and for /debug/plan. Equal plans give equal text. It
// holds no opinion about what a plan means.

import { printable } from '#base/printable.ts';
import { formatRef } from '#base/problem.ts';
import type { Endpoint, EndpointPlan, Upstream } from './endpoint-plan.ts';
import type { Route, RoutingPlan, VirtualHost } from './routing-plan.ts';

/** A YAML document of three keys: virtualHosts, defaultRoute and upstreams. */
export function printPlan(routes: RoutingPlan, endpoints: EndpointPlan): string {
  return [
    ...block('virtualHosts', routes.virtualHosts.flatMap(hostLines)),
    `defaultRoute: ${routes.defaultRoute === null ? 'null' : routeText(routes.defaultRoute)}`,
    ...block('upstreams', endpoints.upstreams.flatMap(upstreamLines)),
    '',
  ].join('\n');
}

/** The endpoint as `192.0.2.1:80` or `[2001:db8::1]:80`. */
export function formatEndpoint({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function hostLines({ host, routes }: VirtualHost): string[] {
  const rows = routes.map((route) => `      - ${routeText(route)}`);
  return [
    `  - host: ${quoted(host)}`,
    ...(rows.length === 0 ? ['    routes: []'] : ['    routes:', ...rows]),
  ];
}

function routeText({ match, upstreams, source }: Route): string {
  const weights = upstreams.map(({ name, weight }) => `${quoted(name)}: ${weight}`).join(', ');
  const from =
    source.object === null ? source.field : `${formatRef(source.object)} ${source.field}`;
  const path = `${match.type}: ${quoted(match.path)}`;
  return `{ ${path}, upstreams: { ${weights} }, source: ${quoted(from)} }`;
}

function upstreamLines({ name, endpoints, externalName }: Upstream): string[] {
  const addresses = endpoints.map((endpoint) => quoted(formatEndpoint(endpoint))).join(', ');
  const lines = [`  - name: ${quoted(name)}`, `    endpoints: [${addresses}]`];
  if (externalName === null) return lines;
  return [...lines, `    externalName: ${quoted(`${externalName.host}:${externalName.port}`)}`];
}

function block(key: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [`${key}: []`] : [`${key}:`, ...lines];
}

function quoted(text: string): string {
  return printable(JSON.stringify(text));
}

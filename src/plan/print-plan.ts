// Prints a plan as YAML: for golden files and for /debug/plan. Equal plans give equal text. It
// holds no opinion about what a plan means.

import { formatTime } from '#base/format-time.ts';
import { contentKey, formatKey } from '#base/hash.ts';
import { printable } from '#base/printable.ts';
import { formatRef } from '#base/problem.ts';
import { valuesOf } from '#base/sorted-list.ts';
import type { Endpoint, EndpointPlan, Transport, Upstream } from './endpoint-plan.ts';
import type { ClientRules, Filter, Route, RoutingPlan, VirtualHost } from './routing-plan.ts';
import { type Certificate, NO_TLS, type TlsPlan } from './tls-plan.ts';

/**
 * A YAML document of the keys virtualHosts, defaultRoute and upstreams, and where there is TLS of
 * serverNames and certificates. No key and no secret is in it.
 */
export function printPlan(
  routes: RoutingPlan,
  endpoints: EndpointPlan,
  tls: TlsPlan = NO_TLS,
): string {
  return [
    ...block('virtualHosts', valuesOf(routes.virtualHosts).flatMap(hostLines)),
    `defaultRoute: ${routes.defaultRoute === null ? 'null' : routeText(routes.defaultRoute)}`,
    ...block('upstreams', valuesOf(endpoints.upstreams).flatMap(upstreamLines)),
    ...tlsLines(tls),
    '',
  ].join('\n');
}

/** The endpoint as `192.0.2.1:80` or `[2001:db8::1]:80`. */
export function formatEndpoint({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function hostLines({ host, routes, clientRules, passthrough }: VirtualHost): string[] {
  const rows = routes.map((route) => `      - ${routeText(route)}`);
  return [
    `  - host: ${quoted(host)}`,
    ...(clientRules === null ? [] : [clientRulesLine(clientRules)]),
    ...(passthrough === null ? [] : [`    passthrough: ${quoted(passthrough)}`]),
    ...(rows.length === 0 ? ['    routes: []'] : ['    routes:', ...rows]),
  ];
}

/** Authorities are long: of them their key. */
function clientRulesLine({ mode, authorities }: ClientRules): string {
  const known = authorities === '' ? 'null' : quoted(formatKey(contentKey(authorities)));
  return `    clientCertificates: { mode: ${mode}, authorities: ${known} }`;
}

function routeText({ match, upstreams, filters, source }: Route): string {
  const weights = upstreams.map(({ name, weight }) => `${quoted(name)}: ${weight}`).join(', ');
  const from =
    source.object === null ? source.field : `${formatRef(source.object)} ${source.field}`;
  const path = `${match.type}: ${quoted(match.path)}`;
  const added = filters.length === 0 ? '' : `filters: [${filters.map(filterText).join(', ')}], `;
  return `{ ${path}, upstreams: { ${weights} }, ${added}source: ${quoted(from)} }`;
}

function filterText(filter: Filter): string {
  if (filter.type === 'httpsRedirect') return filter.type;
  return `{ ${filter.type}: ${quoted(filter.value)} }`;
}

function tlsLines({ serverNames, certificates, fallback }: TlsPlan): string[] {
  if (certificates.length === 0) return [];
  return [
    ...block(
      'serverNames',
      valuesOf(serverNames).map(
        ({ host, certificates: names }) =>
          `  - { host: ${quoted(host)}, certificates: [${names.map(quoted).join(', ')}] }`,
      ),
    ),
    `fallbackCertificate: ${fallback === null ? 'null' : quoted(fallback.name)}`,
    ...block('certificates', valuesOf(certificates).map(certificateLine)),
  ];
}

function certificateLine({ name, algorithm, notAfterMs }: Certificate): string {
  const notAfter = quoted(formatTime(notAfterMs));
  return `  - { name: ${quoted(name)}, algorithm: ${algorithm}, notAfter: ${notAfter} }`;
}

function upstreamLines({ name, endpoints, externalName, transport }: Upstream): string[] {
  const addresses = endpoints.map((endpoint) => quoted(formatEndpoint(endpoint))).join(', ');
  const lines = [`  - name: ${quoted(name)}`, `    endpoints: [${addresses}]`];
  if (externalName !== null) {
    lines.push(`    externalName: ${quoted(`${externalName.host}:${externalName.port}`)}`);
  }
  return [...lines, ...transportLines(transport)];
}

/** Nothing for HTTP/1.1 in the clear. Of an identity only that there is one. */
function transportLines({ protocol, tls }: Transport): string[] {
  if (tls === null) return protocol === 'http/1.1' ? [] : [`    protocol: ${protocol}`];
  const { serverName, verifies, authorities, identity } = tls;
  const verifiedBy = authorities === null ? 'system' : formatKey(contentKey(authorities));
  const parts = [
    `serverName: ${serverName === null ? 'null' : quoted(serverName)}`,
    `verifiedBy: ${verifies ? quoted(verifiedBy) : 'null'}`,
    `hasIdentity: ${identity !== null}`,
  ];
  return [`    protocol: ${protocol}`, `    tls: { ${parts.join(', ')} }`];
}

function block(key: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [`${key}: []`] : [`${key}:`, ...lines];
}

function quoted(text: string): string {
  return printable(JSON.stringify(text));
}

// A snapshot as text: for golden files and for /debug/snapshot. Equal content gives equal text,
// wherever in the arena it lies and whatever the seed is.

import { contentKey, formatKey } from '#base/hash.ts';
import { printable } from '#base/printable.ts';
import { decodeClientRules, decodePassthrough } from './admission-records.ts';
import {
  type DecodedEndpoint,
  type DecodedFilter,
  type DecodedRoute,
  type DecodedTransport,
  decodeEndpoints,
  decodeRoute,
} from './decode.ts';
import { routeKey } from './keys.ts';
import { ROOT } from './layout.ts';
import type { Memory } from './memory.ts';
import { readHost, readPages, readRoutes, readSlots, wordAt } from './read-records.ts';
import { decodeCertificate, decodeServerName } from './tls-records.ts';

/**
 * Lines for each host, route, upstream, endpoint, server name and certificate of the snapshot with
 * this root, sorted by name. No key and no secret is in them.
 */
export function dumpSnapshot(memory: Memory, root: number): string {
  const anyHost = wordAt(memory, root, ROOT.anyHost);
  const defaultRoute = wordAt(memory, root, ROOT.defaultRoute);
  const sections = tableOffsets(memory, root, ROOT.hostTable, ROOT.hostShift);
  const upstreams = tableOffsets(memory, root, ROOT.upstreamTable, ROOT.upstreamShift);
  const names = tableOffsets(memory, root, ROOT.serverNameTable, ROOT.serverNameShift);
  const certificates = tableOffsets(memory, root, ROOT.certificateTable, ROOT.certificateShift);
  const fallback = wordAt(memory, root, ROOT.fallbackName);
  if (anyHost !== 0) sections.push(anyHost);
  if (fallback !== 0) names.push(fallback);
  return [
    `generation ${wordAt(memory, root, ROOT.generation)}`,
    ...sortedBlocks(sections.map((section) => hostLines(memory, section))),
    ...(defaultRoute === 0
      ? []
      : ['default', ...routeLines('', decodeRoute(memory, defaultRoute))]),
    ...sortedBlocks(upstreams.map((upstream) => upstreamLines(memory, upstream))),
    ...sortedBlocks(names.map((name) => serverNameLines(memory, name))),
    ...sortedBlocks(certificates.map((one) => certificateLines(memory, one))),
    '',
  ].join('\n');
}

function tableOffsets(memory: Memory, root: number, table: number, shift: number): number[] {
  const pages = readPages(memory, wordAt(memory, root, table), wordAt(memory, root, shift));
  const distinct = new Map(pages.map(({ offset, slots }) => [offset, slots]));
  return [...distinct]
    .flatMap(([offset, slots]) => readSlots(memory, offset, slots))
    .map(({ offset }) => offset)
    .filter((offset) => offset !== 0);
}

function hostLines(memory: Memory, section: number): string[] {
  const host = readHost(memory, section);
  return [
    `host ${printable(host)}`,
    ...admissionLines(memory, section),
    ...readRoutes(memory, section).flatMap((route) => routeLines(host, route)),
  ];
}

function admissionLines(memory: Memory, section: number): string[] {
  const rules = decodeClientRules(memory, section);
  const passthrough = decodePassthrough(memory, section);
  return [
    ...(rules === null ? [] : [`  client certificates ${rules.mode} ${rules.key}`]),
    ...(passthrough === null ? [] : [`  passes TLS to ${printable(passthrough.upstream)}`]),
  ];
}

function routeLines(host: string, route: DecodedRoute): string[] {
  const { type, path, object, field } = route;
  const source =
    object === null ? field : `${object.kind} ${object.namespace}/${object.name} ${field}`;
  return [
    `  ${type} ${printable(path)}`,
    `    key ${formatKey(routeKey({ host, type, path }))}`,
    ...route.filters.map((filter) => `    ${filterText(filter)}`),
    ...route.upstreams.map(({ name, weight }) => `    to ${printable(name)} weight ${weight}`),
    `    from ${printable(source)}`,
  ];
}

function filterText(filter: DecodedFilter): string {
  if (filter.type === 'httpsRedirect') return filter.type;
  return `${filter.type} ${printable(filter.value)}`;
}

function serverNameLines(memory: Memory, offset: number): string[] {
  const { host, certificates } = decodeServerName(memory, offset);
  const keys = certificates.map((key) => `    certificate ${formatKey(key)}`);
  return [`server name ${printable(host)}`, ...keys];
}

/** Neither its key nor its chain, which is long and public. */
function certificateLines(memory: Memory, offset: number): string[] {
  return [`certificate ${formatKey(decodeCertificate(memory, offset).key)}`];
}

function upstreamLines(memory: Memory, upstream: number): string[] {
  const { name, key, endpoints, transport } = decodeEndpoints(memory, upstream);
  return [
    `upstream ${printable(name)}`,
    `    key ${formatKey(key)}`,
    ...transportLines(transport),
    ...endpoints.map((endpoint) => `    at ${endpointText(endpoint)}`),
  ];
}

/** Nothing for HTTP/1.1 in the clear. Of an identity only that there is one. */
function transportLines({ protocol, tls }: DecodedTransport): string[] {
  if (tls === null) return protocol === 'http/1.1' ? [] : [`    over ${protocol}`];
  const { serverName, verifies, authorities, identity } = tls;
  const known = authorities === null ? 'the system' : formatKey(contentKey(authorities));
  return [
    `    over ${protocol} in TLS` +
      (serverName === null ? '' : ` for ${printable(serverName)}`) +
      (verifies ? ` verified by ${known}` : '') +
      (identity === null ? '' : ' with a client certificate'),
  ];
}

function endpointText({ address, port }: DecodedEndpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Blocks in the order of their first lines. */
function sortedBlocks(blocks: readonly string[][]): string[] {
  return blocks.toSorted(([a = ''], [b = '']) => (a === b ? 0 : a < b ? -1 : 1)).flat();
}

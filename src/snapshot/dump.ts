// A snapshot as text: for golden files and for /debug/snapshot. Equal content gives equal text,
// wherever in the arena it lies and whatever the seed is.

import { formatKey } from '#base/hash.ts';
import { printable } from '#base/printable.ts';
import { type DecodedEndpoint, type DecodedRoute, decodeEndpoints, decodeRoute } from './decode.ts';
import { ROOT } from './layout.ts';
import type { Memory } from './memory.ts';
import { readHost, readPages, readRoutes, readSlots, wordAt } from './read-records.ts';

/**
 * One line for each host, route, upstream and endpoint of the snapshot with this root, sorted by
 * name.
 */
export function dumpSnapshot(memory: Memory, root: number): string {
  const anyHost = wordAt(memory, root, ROOT.anyHost);
  const defaultRoute = wordAt(memory, root, ROOT.defaultRoute);
  const sections = tableOffsets(memory, root, ROOT.hostTable, ROOT.hostShift);
  const upstreams = tableOffsets(memory, root, ROOT.upstreamTable, ROOT.upstreamShift);
  if (anyHost !== 0) sections.push(anyHost);
  return [
    `generation ${wordAt(memory, root, ROOT.generation)}`,
    ...sortedBlocks(sections.map((section) => hostLines(memory, section))),
    ...(defaultRoute === 0 ? [] : ['default', ...routeLines(decodeRoute(memory, defaultRoute))]),
    ...sortedBlocks(upstreams.map((upstream) => upstreamLines(memory, upstream))),
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
  return [`host ${printable(host)}`, ...readRoutes(memory, section).flatMap(routeLines)];
}

function routeLines(route: DecodedRoute): string[] {
  const { object, field } = route;
  const source =
    object === null ? field : `${object.kind} ${object.namespace}/${object.name} ${field}`;
  return [
    `  ${route.type} ${printable(route.path)}`,
    `    key ${formatKey(route.key)}`,
    ...route.upstreams.map(({ name, weight }) => `    to ${printable(name)} weight ${weight}`),
    `    from ${printable(source)}`,
  ];
}

function upstreamLines(memory: Memory, upstream: number): string[] {
  const { name, key, endpoints } = decodeEndpoints(memory, upstream);
  return [
    `upstream ${printable(name)}`,
    `    key ${formatKey(key)}`,
    ...endpoints.map((endpoint) => `    at ${endpointText(endpoint)}`),
  ];
}

function endpointText({ address, port }: DecodedEndpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Blocks in the order of their first lines. */
function sortedBlocks(blocks: readonly string[][]): string[] {
  return blocks.toSorted(([a = ''], [b = '']) => (a === b ? 0 : a < b ? -1 : 1)).flat();
}

// What the values of settings look like as text. A parser gives undefined for a text that is not as
// expected; it does not know which setting it reads.

import { isIP } from 'node:net';
import { networkInterfaces, totalmem } from 'node:os';

export function last(texts: readonly string[]): string {
  return texts.at(-1) ?? '';
}

export function each(
  texts: readonly string[],
  parse: (text: string) => string | undefined,
): readonly string[] | undefined {
  const values = texts.map(parse).filter((value) => value !== undefined);
  return values.length === texts.length ? Object.freeze([...new Set(values)]) : undefined;
}

export function parseInteger(text: string, min: number, max: number): number | undefined {
  if (!/^(?:0|[1-9][0-9]{0,5})$/.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}

const MEMORY_MIN = 64 * 2 ** 20;
const MEMORY_UNITS: ReadonlyMap<string | undefined, number> = new Map([
  [undefined, 1],
  ['Ki', 2 ** 10],
  ['Mi', 2 ** 20],
  ['Gi', 2 ** 30],
]);

/** A number of bytes, as the memory limit of a container is written in powers of two. */
export function parseMemory(text: string): number | undefined {
  const [, digits, unit] = /^([1-9][0-9]{0,14})(Ki|Mi|Gi)?$/.exec(text) ?? [];
  const bytes = Number(digits) * (MEMORY_UNITS.get(unit) ?? Number.NaN);
  return bytes >= MEMORY_MIN && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The limit of the cgroup, of either version, in bytes; null if there is none. */
export function cgroupMemory(): number | null {
  // Where nothing is set Node tells 0, or a number beyond what any machine has.
  const bytes = process.constrainedMemory();
  return bytes > 0 && bytes < totalmem() ? bytes : null;
}

export function parseAddress(text: string): string | undefined {
  return isIP(text) === 0 ? undefined : text;
}

export function parseNetwork(text: string): string | undefined {
  const [, address = '', prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? [];
  const bits = isIP(address) === 6 ? 128 : 32;
  if (isIP(address) === 0 || Number(prefix ?? 0) > bits) return undefined;
  return text.trim();
}

// RFC 1123 names, as the API server asks for.
const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;
// A label value; the zones of clouds are such.
const ZONE = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
// As the API server asks of the spec.controller of an IngressClass.
const CONTROLLER_NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/[A-Za-z0-9._~/-]{1,250}$/;

export function parseName(text: string): string | undefined {
  return NAME.test(text) ? text : undefined;
}

// Part of the token that RFC 9110 7.6.3 takes for a pseudonym.
export function parsePseudonym(text: string): string | undefined {
  return /^[A-Za-z0-9._-]{1,253}$/.test(text) ? text : undefined;
}

export function parseZone(text: string): string | undefined {
  return ZONE.test(text) ? text : undefined;
}

export function parseControllerName(text: string): string | undefined {
  return CONTROLLER_NAME.test(text) ? text : undefined;
}

/** An IP address, or a host name as the status of an Ingress may hold it. */
export function parsePublishedAddress(text: string): string | undefined {
  // Digits and dots that are no address are a slip, and never a host name.
  const isHostName = NAME.test(text) && !/^[0-9.]+$/.test(text);
  return isIP(text) !== 0 || isHostName ? text : undefined;
}

export interface PublishedService {
  readonly namespace: string;
  readonly name: string;
}

export function parsePublishedService(text: string): PublishedService | undefined {
  const [, namespace, name] = /^([a-z0-9-]{1,63})\/([a-z0-9-]{1,63})$/.exec(text) ?? [];
  if (namespace === undefined || name === undefined) return undefined;
  return Object.freeze({ namespace, name });
}

export type NamespacedName = PublishedService;

/** A DNS label and a DNS subdomain, as the API server asks of most objects. */
export function parseNamespacedName(text: string): NamespacedName | undefined {
  const [, namespace, name] = /^([a-z0-9-]{1,63})\/([a-z0-9.-]{1,253})$/.exec(text) ?? [];
  if (namespace === undefined || name === undefined) return undefined;
  return Object.freeze({ namespace, name });
}

export const TLS_VERSIONS = ['1.2', '1.3'] as const;

export function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ family }) => family === 'IPv6'),
  );
}

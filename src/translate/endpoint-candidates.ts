// From an EndpointSlice to the endpoints that could answer at one port of its Service: their
// addresses in one spelling, and none that nobody may make us connect to.

import { quote } from '#base/quote.ts';
import type { EndpointSlice, ServicePort, SliceEndpoint } from '#kubernetes/resources.ts';
import type { Endpoint } from '#plan/endpoint-plan.ts';
import { formatEndpoint } from '#plan/print-plan.ts';
import { endpointHazard } from './endpoint-hazard.ts';
import { ipv4Address, ipv6Address } from './ip-address.ts';
import { type Finding, findingAt } from './problems.ts';
import type { EndpointOptions } from './translate-input.ts';

export interface Candidate extends Endpoint {
  readonly family: EndpointSlice['addressType'];
  /** Its conditions, its hints, and whose address this is. */
  readonly of: SliceEndpoint;
}

export interface CandidateParts {
  readonly slice: EndpointSlice;
  /** A slice knows a port of the Service by its name. */
  readonly port: ServicePort;
  readonly options: EndpointOptions;
}

export function endpointCandidates(
  { slice, port: { name }, options }: CandidateParts,
  findings: Finding[],
): readonly Candidate[] {
  if (slice.addressType === 'FQDN') {
    const place = { object: slice, field: 'addressType' };
    const message = 'addresses of type FQDN are not supported; use IPv4 or IPv6';
    findings.push(findingAt(place, 'UnsupportedAddressType', message));
    return [];
  }
  const ports = slice.ports
    .filter((port) => port.name === name && port.protocol === 'TCP')
    .flatMap(({ port }) => (port === null ? [] : [port]));
  return slice.endpoints.flatMap((of, index) => {
    const address = addressOf(slice, index, findings);
    if (address === null) return [];
    return ports
      .map((port) => ({ address, port, family: slice.addressType, of }))
      .filter((candidate) => isAllowed(candidate, { slice, index, options }, findings));
  });
}

/**
 * The addresses of one endpoint are interchangeable, and the first stands for all
 * (discovery.k8s.io/v1); kube-proxy does the same.
 */
function addressOf(slice: EndpointSlice, index: number, findings: Finding[]): string | null {
  const text = slice.endpoints[index]?.addresses[0];
  if (text === undefined) return null;
  const address = slice.addressType === 'IPv4' ? ipv4Address(text) : ipv6Address(text);
  if (address !== null) return address;
  const message = `${quote(text)} is not an ${slice.addressType} address`;
  findings.push(findingAt(placeOf(slice, index), 'InvalidAddress', message));
  return null;
}

function isAllowed(
  endpoint: Endpoint,
  { slice, index, options }: Omit<CandidateParts, 'port'> & { readonly index: number },
  findings: Finding[],
): boolean {
  const hazard = endpointHazard(endpoint, options);
  if (hazard === null) return true;
  const message = `${formatEndpoint(endpoint)} is ${hazard}, and is never proxied to`;
  findings.push(findingAt(placeOf(slice, index), 'ForbiddenAddress', message));
  return false;
}

function placeOf(slice: EndpointSlice, index: number) {
  return { object: slice, field: `endpoints[${index}].addresses[0]` };
}

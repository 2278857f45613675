// Decides which addresses answer for one upstream: those of the endpoints of a Service at one of
// its ports, or whatever DNS says of a name.

import { quote } from '#base/quote.ts';
import type { EndpointSlice, Service, ServicePort, SliceEndpoint } from '#kubernetes/resources.ts';
import type { Endpoint, ExternalName, Upstream } from '#plan/endpoint-plan.ts';
import { compareText } from '#plan/precedence.ts';
import { parseExternalName } from './host-name.ts';
import { ipv4Address, ipv6Address } from './ip-address.ts';
import { type Finding, findingAt } from './problems.ts';
import { findServicePort } from './service-port.ts';
import type { ServicePortRef } from './translate-input.ts';

export interface UpstreamParts {
  readonly name: string;
  /** What the name means; null for a backend that is no Service. */
  readonly ref: ServicePortRef | null;
  readonly service: Service | null;
  /** Those of the Service, in any order. */
  readonly slices: readonly EndpointSlice[];
}

export interface TranslatedUpstream {
  readonly upstream: Upstream;
  readonly findings: readonly Finding[];
}

interface Candidate extends Endpoint {
  readonly conditions: Pick<SliceEndpoint, 'ready' | 'serving' | 'terminating'>;
}

// A Service or port that is missing is a Problem of the object that names it, told by translate.
export function translateUpstream({ name, ...parts }: UpstreamParts): TranslatedUpstream {
  const { ref, service, slices } = parts;
  const findings: Finding[] = [];
  const nothing: Upstream = { name, endpoints: [], externalName: null };
  if (ref === null || service === null) return { upstream: nothing, findings };
  const port = findServicePort(service, ref.port);
  if (!port.ok) return { upstream: nothing, findings };
  if (service.type === 'ExternalName') {
    const externalName = externalNameOf(service, port.value.port, findings);
    return { upstream: { ...nothing, externalName }, findings };
  }
  const candidates = slices.flatMap((slice) => candidatesOf(slice, port.value, findings));
  return { upstream: { ...nothing, endpoints: distinct(usable(candidates)) }, findings };
}

function externalNameOf(service: Service, port: number, findings: Finding[]): ExternalName | null {
  const host = parseExternalName(service.externalName ?? '');
  if (host.ok) return { host: host.value, port };
  const place = { object: service, field: 'spec.externalName' };
  findings.push(findingAt(place, 'InvalidExternalName', host.mistake));
  return null;
}

/**
 * The endpoints of a slice at a port of the Service, which a slice knows by the name of that port.
 * The addresses of one endpoint are interchangeable, and the first stands for all
 * (discovery.k8s.io/v1); kube-proxy does the same.
 */
function candidatesOf(
  slice: EndpointSlice,
  { name }: ServicePort,
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
  return slice.endpoints.flatMap((endpoint, index) => {
    const address = addressOf(slice, index, findings);
    return address === null ? [] : ports.map((port) => ({ address, port, conditions: endpoint }));
  });
}

function addressOf(slice: EndpointSlice, index: number, findings: Finding[]): string | null {
  const text = slice.endpoints[index]?.addresses[0];
  if (text === undefined) return null;
  const address = slice.addressType === 'IPv4' ? ipv4Address(text) : ipv6Address(text);
  if (address !== null) return address;
  const place = { object: slice, field: `endpoints[${index}].addresses[0]` };
  const message = `${quote(text)} is not an ${slice.addressType} address`;
  findings.push(findingAt(place, 'InvalidAddress', message));
  return null;
}

/**
 * The ready ones; if there is none, those that still serve while they terminate, so that the last
 * pods of a Service answer until they are gone (kube-proxy, KEP-1669).
 */
function usable(candidates: readonly Candidate[]): readonly Endpoint[] {
  const ready = candidates.filter(({ conditions }) => conditions.ready);
  if (ready.length > 0) return ready;
  return candidates.filter(({ conditions }) => conditions.serving && conditions.terminating);
}

function distinct(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  return endpoints
    .map(({ address, port }) => ({ address, port }))
    .sort((a, b) => compareText(a.address, b.address) || a.port - b.port)
    .filter((one, index, all) => {
      const before = all[index - 1];
      return one.address !== before?.address || one.port !== before.port;
    });
}

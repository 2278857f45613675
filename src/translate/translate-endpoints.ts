// From the upstreams that a routing plan names to the addresses that answer for each. Routes are
// not its matter: a pod that comes or goes changes this plan and no other.

import type { Problem } from '#base/problem.ts';
import { quote } from '#base/quote.ts';
import type { EndpointSlice, Service, ServicePort, SliceEndpoint } from '#kubernetes/resources.ts';
import type { Endpoint, EndpointPlan, ExternalName, Upstream } from '#plan/endpoint-plan.ts';
import { compareText } from '#plan/precedence.ts';
import type { RoutingPlan } from '#plan/routing-plan.ts';
import { parseExternalName } from './host-name.ts';
import { ipv4Address, ipv6Address } from './ip-address.ts';
import { problemAt, sortProblems } from './problems.ts';
import { findServicePort } from './service-port.ts';
import type { Endpoints } from './translate-input.ts';
import { parseUpstreamName } from './upstream-name.ts';

export interface EndpointTranslation {
  readonly plan: EndpointPlan;
  /** Sorted, each once. */
  readonly problems: readonly Problem[];
}

interface Candidate extends Endpoint {
  readonly conditions: Pick<SliceEndpoint, 'ready' | 'serving' | 'terminating'>;
}

/** Equal objects give equal plans, in whatever order they come. */
export function translateEndpoints(plan: RoutingPlan, input: Endpoints): EndpointTranslation {
  const problems: Problem[] = [];
  const upstreams = upstreamNames(plan).map((name) => translateUpstream(name, input, problems));
  return { plan: { upstreams }, problems: sortProblems(problems) };
}

function upstreamNames({ virtualHosts, defaultRoute }: RoutingPlan): readonly string[] {
  const names = new Set<string>();
  for (const { routes } of virtualHosts) {
    for (const { upstreams } of routes) for (const { name } of upstreams) names.add(name);
  }
  for (const { name } of defaultRoute?.upstreams ?? []) names.add(name);
  return [...names].sort();
}

// A Service or port that is missing is a Problem of the object that names it, told by translate.
function translateUpstream(name: string, input: Endpoints, problems: Problem[]): Upstream {
  const nothing = { name, endpoints: [], externalName: null };
  const ref = parseUpstreamName(name);
  const service = ref === null ? null : input.service(ref.namespace, ref.service);
  if (ref === null || service === null) return nothing;
  const port = findServicePort(service, ref.port);
  if (!port.ok) return nothing;
  if (service.type === 'ExternalName') {
    return { ...nothing, externalName: externalNameOf(service, port.value.port, problems) };
  }
  const slices = [...input.endpointSlices(ref.namespace, ref.service)];
  const candidates = slices.flatMap((slice) => candidatesOf(slice, port.value, problems));
  return { ...nothing, endpoints: distinct(usable(candidates)) };
}

function externalNameOf(service: Service, port: number, problems: Problem[]): ExternalName | null {
  const host = parseExternalName(service.externalName ?? '');
  if (host.ok) return { host: host.value, port };
  const place = { object: service, field: 'spec.externalName' };
  problems.push(problemAt(place, 'InvalidExternalName', host.mistake));
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
  problems: Problem[],
): readonly Candidate[] {
  if (slice.addressType === 'FQDN') {
    const place = { object: slice, field: 'addressType' };
    const message = 'addresses of type FQDN are not supported; use IPv4 or IPv6';
    problems.push(problemAt(place, 'UnsupportedAddressType', message));
    return [];
  }
  const ports = slice.ports
    .filter((port) => port.name === name && port.protocol === 'TCP')
    .flatMap(({ port }) => (port === null ? [] : [port]));
  return slice.endpoints.flatMap((endpoint, index) => {
    const address = addressOf(slice, index, problems);
    return address === null ? [] : ports.map((port) => ({ address, port, conditions: endpoint }));
  });
}

function addressOf(slice: EndpointSlice, index: number, problems: Problem[]): string | null {
  const text = slice.endpoints[index]?.addresses[0];
  if (text === undefined) return null;
  const address = slice.addressType === 'IPv4' ? ipv4Address(text) : ipv6Address(text);
  if (address !== null) return address;
  const place = { object: slice, field: `endpoints[${index}].addresses[0]` };
  const message = `${quote(text)} is not an ${slice.addressType} address`;
  problems.push(problemAt(place, 'InvalidAddress', message));
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

// Decides which addresses answer for one upstream: those of the endpoints of a Service at one of
// its ports, or whatever DNS says of a name.

import type { ServicePortRef } from '#base/service-port-ref.ts';
import type { Sliced } from '#base/sliced.ts';
import type { EndpointSlice, Ingress, Service } from '#kubernetes/resources.ts';
import { type ExternalName, PLAIN_HTTP1, type Upstream } from '#plan/endpoint-plan.ts';
import { readTransport } from './annotations/backend-transport.ts';
import { checkAnnotationNames } from './annotations/check-names.ts';
import { type Candidate, endpointCandidates } from './endpoint-candidates.ts';
import { chooseEndpoints, type Location } from './endpoint-choice.ts';
import { parseExternalName } from './host-name.ts';
import { type Finding, findingAt } from './problems.ts';
import { findServicePort } from './service-port.ts';
import type { EndpointOptions, SecretName, Secrets } from './translate-input.ts';

export interface UpstreamParts {
  readonly name: string;
  /** What the name means; null for a backend that is no Service. */
  readonly ref: ServicePortRef | null;
  readonly service: Service | null;
  /** The one that has its own way to speak to the port; null if none has. */
  readonly ingress: Ingress | null;
  readonly secrets: Secrets;
  /** Those of the Service, in any order. */
  readonly slices: readonly EndpointSlice[];
  readonly location: Location;
  readonly options: EndpointOptions;
}

export interface TranslatedUpstream {
  readonly upstream: Upstream;
  readonly findings: readonly Finding[];
  /** The Secrets that it depends on. */
  readonly secrets: readonly SecretName[];
}

// A Service or port that is missing is a Problem of the object that names it, told by translate.
export function* translateUpstream({ name, ...parts }: UpstreamParts): Sliced<TranslatedUpstream> {
  const { ref, service, ingress, slices, location, options } = parts;
  const nothing = { name, endpoints: [], externalName: null, transport: PLAIN_HTTP1 };
  const without = (findings: readonly Finding[]) => ({ upstream: nothing, findings, secrets: [] });
  if (ref === null || service === null) return without([]);
  const found = findServicePort(service, ref.port);
  if (!found.ok) return without([]);
  const port = found.value;
  const { transport, ...read } = readTransport({ service, port, ingress, secrets: parts.secrets });
  const { secrets } = read;
  const findings = [...checkAnnotationNames(service), ...read.findings];
  if (transport === null) return { ...without(findings), secrets };
  const spoken: Upstream = { ...nothing, transport };
  if (service.type === 'ExternalName') {
    const externalName = options.allowExternalNames
      ? externalNameOf(service, port.port, findings)
      : refuseExternalName(service, findings);
    return { upstream: { ...spoken, externalName }, findings, secrets };
  }
  const candidates: Candidate[] = [];
  for (const slice of slices) {
    candidates.push(...endpointCandidates({ slice, port, options }, findings));
    yield;
  }
  const endpoints = yield* chooseEndpoints(candidates, service, location);
  return { upstream: { ...spoken, endpoints }, findings, secrets };
}

function externalNameOf(service: Service, port: number, findings: Finding[]): ExternalName | null {
  const host = parseExternalName(service.externalName ?? '');
  if (host.ok) return { host: host.value, port };
  const place = { object: service, field: 'spec.externalName' };
  findings.push(findingAt(place, 'InvalidExternalName', host.mistake));
  return null;
}

function refuseExternalName(service: Service, findings: Finding[]): null {
  const place = { object: service, field: 'spec.type' };
  const message =
    'Services of type ExternalName are switched off, and requests for this one get 503';
  findings.push(findingAt(place, 'ExternalNamesDisabled', message));
  return null;
}

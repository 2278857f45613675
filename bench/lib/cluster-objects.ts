// The objects of a large made-up cluster: Ingresses with a host each and two to ten paths, two of
// them for each Service, and one slice with the pods of each Service.

import type { EndpointSlice, Ingress, Resource, Service } from '#kubernetes/resources.ts';
import type { TranslateOptions } from '#translate/translate-input.ts';
import { optionsOf } from '../../test/support/translate-options.ts';

export const TRANSLATE_OPTIONS: TranslateOptions = optionsOf();

const INGRESSES_PER_SERVICE = 2;
const PODS_PER_SERVICE = 10;
const NAMESPACES = 50;
const CROWD_PODS = 100;

/** All objects of so many Ingresses, and the Services of some that are yet to come. */
export function* clusterObjects(
  ingressCount: number,
  { comingCount = 0, pathCount }: { comingCount?: number; pathCount?: number } = {},
): Iterable<Resource> {
  for (let index = 0; index < ingressCount; index += 1) yield ingressOf(index, 0, pathCount);
  const serviceCount = Math.ceil((ingressCount + comingCount) / INGRESSES_PER_SERVICE);
  for (let service = 0; service < serviceCount; service += 1) {
    yield serviceOf(service);
    yield sliceOf(service, 0);
  }
}

/** The paths of two versions that follow one another differ. */
export function ingressOf(index: number, version: number, pathCount = 2 + (index % 9)): Ingress {
  const service = Math.floor(index / INGRESSES_PER_SERVICE);
  const paths = Array.from({ length: pathCount }, (_, path) => `/api/v${version}/part-${path}`);
  return {
    ...metadataOf(service, `web-${index}`),
    kind: 'Ingress',
    ingressClassName: null,
    classAnnotation: null,
    annotations: new Map(),
    defaultBackend: null,
    tls: [],
    status: null,
    rules: [
      {
        host: `host-${index}.bench.test`,
        paths: paths.map((path) => ({
          path,
          pathType: 'Prefix',
          backend: { type: 'service', service: `service-${service}`, port: 80 },
        })),
      },
    ],
  };
}

/** The first pod of two versions that follow one another differs. */
export function sliceOf(service: number, version: number): EndpointSlice {
  const first = version === 0 ? 100 : 101 + (version % 99);
  return {
    ...metadataOf(service, `service-${service}-1`),
    kind: 'EndpointSlice',
    serviceName: `service-${service}`,
    addressType: 'IPv4',
    ports: [{ name: null, port: 8080, protocol: 'TCP' }],
    endpoints: Array.from({ length: PODS_PER_SERVICE }, (_, pod) => ({
      addresses: [`10.${service >> 8}.${service & 255}.${pod === 0 ? first : pod}`],
      ready: true,
      serving: true,
      terminating: false,
      target: `Pod/service-${service}-${pod}`,
      forZones: [],
      forNodes: [],
    })),
  };
}

/** One slice of a hundred pods of a Service that has very many of them. */
export function crowdSlice(service: number, index: number, version: number): EndpointSlice {
  const slice = sliceOf(service, 0);
  const [pod] = slice.endpoints;
  const addresses = Array.from({ length: CROWD_PODS }, (_, last) => [
    `10.${128 + (index >> 8)}.${index & 255}.${last === 0 ? 100 + (version % 100) : last}`,
  ]);
  return {
    ...slice,
    name: `${slice.name}-${index}`,
    endpoints: pod === undefined ? [] : addresses.map((one) => ({ ...pod, addresses: one })),
  };
}

function serviceOf(service: number): Service {
  return {
    ...metadataOf(service, `service-${service}`),
    kind: 'Service',
    annotations: new Map(),
    type: 'ClusterIP',
    externalName: null,
    ipFamily: 'IPv4',
    ports: [{ name: null, port: 80, protocol: 'TCP', appProtocol: null }],
  };
}

function metadataOf(service: number, name: string) {
  const namespace = `team-${service % NAMESPACES}`;
  return { namespace, name, uid: null, createdAtMs: null, locate: null };
}

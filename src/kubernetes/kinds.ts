// The one table of the kinds that Headgate reads. Sources walk it; nothing else lists kinds.

import { parseIngress, parseIngressClass } from './parse-ingress.ts';
import { parseSecret } from './parse-secret.ts';
import { parseEndpointSlice, parseService } from './parse-service.ts';
import type { Reader } from './reader.ts';
import type { Metadata, Resource } from './resources.ts';

export interface Kind {
  readonly kind: Resource['kind'];
  readonly apiVersion: string;
  readonly isNamespaced: boolean;
  readonly parse: (object: Reader, metadata: Metadata) => Resource;
}

const NETWORKING = 'networking.k8s.io/v1';
const DISCOVERY = 'discovery.k8s.io/v1';
const CORE = 'v1';

// biome-ignore format: a table
export const KINDS: readonly Kind[] = [
  { kind: 'Ingress',       apiVersion: NETWORKING, isNamespaced: true,  parse: parseIngress },
  { kind: 'IngressClass',  apiVersion: NETWORKING, isNamespaced: false, parse: parseIngressClass },
  { kind: 'Service',       apiVersion: CORE,       isNamespaced: true,  parse: parseService },
  { kind: 'EndpointSlice', apiVersion: DISCOVERY,  isNamespaced: true,  parse: parseEndpointSlice },
  { kind: 'Secret',        apiVersion: CORE,       isNamespaced: true,  parse: parseSecret },
];

// What translate reads: the objects of one moment and the choices of the operator. The Store offers
// the same methods; translate knows nothing of how it keeps them.

import type { ServicePortRef } from '#base/service-port-ref.ts';
import type {
  ConfigMap,
  EndpointSlice,
  Ingress,
  IngressClass,
  Node,
  Secret,
  Service,
} from '#kubernetes/resources.ts';
import type { Endpoint } from '#plan/endpoint-plan.ts';
import type { Certificate } from '#plan/tls-plan.ts';

/** The order of what a method returns does not matter. */
export interface TranslateInput {
  ingresses(): Iterable<Ingress>;
  ingress(namespace: string, name: string): Ingress | null;
  ingressClasses(): Iterable<IngressClass>;
  service(namespace: string, name: string): Service | null;
  endpointSlices(namespace: string, serviceName: string): Iterable<EndpointSlice>;
  secret(namespace: string, name: string): Secret | null;
  configMap(namespace: string, name: string): ConfigMap | null;
  node(name: string): Node | null;
}

export type Services = Pick<TranslateInput, 'service'>;
export type Secrets = Pick<TranslateInput, 'secret'>;
export type ConfigMaps = Pick<TranslateInput, 'configMap'>;
export type Endpoints = Pick<
  TranslateInput,
  'ingress' | 'service' | 'endpointSlices' | 'secret' | 'node'
>;

export interface TranslateOptions extends ClassOptions, EndpointOptions, TlsOptions {
  /** Answers what no Ingress answers; null for 404. */
  readonly defaultBackend: ServicePortRef | null;
}

/** Which Ingresses are ours, and where the settings of their classes are. */
export interface ClassOptions {
  /** The name by which the annotation `kubernetes.io/ingress.class` means this controller. */
  readonly ingressClass: string;
  /** The `spec.controller` of the IngressClasses that mean this controller. */
  readonly controllerName: string;
  /** Ingresses that name no class are ours, whatever class is the default. */
  readonly takeIngressesWithoutClass: boolean;
  /** `ingressClass` means us although there is no IngressClass of that name. */
  readonly classMayBeUndeclared: boolean;
  /** Where the parameters of classes may be; null for anywhere. */
  readonly controllerNamespace: string | null;
}

/** Which endpoints may be used, and which are near. */
export interface EndpointOptions {
  /** The name of the Node this process runs on; null if it is not known. */
  readonly nodeName: string | null;
  /** The zone of this process; null for that of its Node. */
  readonly zone: string | null;
  /** Loopback, link-local and the like may be endpoints. */
  readonly allowLocalEndpoints: boolean;
  /** Services of type ExternalName are followed. */
  readonly allowExternalNames: boolean;
  /** Where our own admin server listens: never an endpoint. */
  readonly adminEndpoints: readonly Endpoint[];
}

export interface SecretName {
  readonly namespace: string;
  readonly name: string;
}

/** From `namespace/name`; no namespace has a slash. */
export function secretNameOf(id: string): SecretName {
  const slash = id.indexOf('/');
  return { namespace: id.slice(0, slash), name: id.slice(slash + 1) };
}

/** A certificate that the process makes itself. */
export interface StandIn {
  readonly certificate: Certificate;
  /** From when on there is another one, in milliseconds since 1970. */
  readonly renewAtMs: number;
}

/** What answers where no host has a certificate, and what session tickets are sealed with. */
export interface TlsOptions {
  /** The Secret of the default certificate; null for none. */
  readonly defaultSecret: SecretName | null;
  /** The Secret that the keys of session tickets come from; null for none. */
  readonly ticketKeySecret: SecretName | null;
  /** What answers in its stead at a time; null where nothing is served. */
  readonly selfSigned: ((nowMs: number) => StandIn) | null;
  /** What the keys come from in its stead, drawn at start: hexadecimal digits, or null likewise. */
  readonly ticketSecret: string | null;
}

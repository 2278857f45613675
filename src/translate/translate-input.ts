// What translate reads: the objects of one moment and the choices of the operator. The Store offers
// the same methods; translate knows nothing of how it keeps them.

import type {
  EndpointSlice,
  Ingress,
  IngressClass,
  Secret,
  Service,
} from '#kubernetes/resources.ts';

/** The order of what a method returns does not matter. */
export interface TranslateInput {
  ingresses(): Iterable<Ingress>;
  ingressClasses(): Iterable<IngressClass>;
  service(namespace: string, name: string): Service | null;
  endpointSlices(namespace: string, serviceName: string): Iterable<EndpointSlice>;
  secret(namespace: string, name: string): Secret | null;
}

export type Services = Pick<TranslateInput, 'service'>;
export type Secrets = Pick<TranslateInput, 'secret'>;
export type Endpoints = Pick<TranslateInput, 'service' | 'endpointSlices'>;

export interface TranslateOptions {
  /** The name by which the annotation `kubernetes.io/ingress.class` means this controller. */
  readonly ingressClass: string;
  /** The `spec.controller` of the IngressClasses that mean this controller. */
  readonly controllerName: string;
  /** Manifests come without a cluster that would fill in the default class. */
  readonly takeIngressesWithoutClass: boolean;
  /** Answers what no Ingress answers; null for 404. */
  readonly defaultBackend: ServicePortRef | null;
}

/** A port of a Service, by number or by name. */
export interface ServicePortRef {
  readonly namespace: string;
  readonly service: string;
  readonly port: number | string;
}

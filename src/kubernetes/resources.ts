// What Headgate reads of each Kubernetes object, and nothing else. Objects of these shapes are
// structurally valid; what they mean, and whether it makes sense, is for translate to say.

import type { FilePosition } from '#base/problem.ts';

export type Resource = Ingress | IngressClass | Service | EndpointSlice | Secret | ConfigMap | Node;

/** One object as it was and as it is; null where there is none. */
export interface ObjectChange {
  readonly before: Resource | null;
  readonly after: Resource | null;
}

export interface Metadata {
  readonly namespace: string;
  readonly name: string;
  /** Tells the object from an earlier one of its name; null where it has none, as in manifests. */
  readonly uid: string | null;
  /** Milliseconds since 1970; null where the object has none, as in manifests. */
  readonly createdAtMs: number | null;
  /** The line of a field path in the file that holds the object; null where no file does. */
  readonly locate: ((field: string) => FilePosition) | null;
}

/** networking.k8s.io/v1 Ingress */
export interface Ingress extends Metadata {
  readonly kind: 'Ingress';
  readonly ingressClassName: string | null;
  /** The annotation `kubernetes.io/ingress.class`. */
  readonly classAnnotation: string | null;
  /** Those under `headgate.dev/`, by the rest of their names. */
  readonly annotations: ReadonlyMap<string, string>;
  readonly defaultBackend: IngressBackend | null;
  readonly rules: readonly IngressRule[];
  readonly tls: readonly IngressTls[];
  /** Routes are never made from it. Null where the object comes from no cluster. */
  readonly status: IngressStatus | null;
}

/** What the cluster says about an Ingress. */
export interface IngressStatus {
  /** The `metadata.resourceVersion` that it belongs to. */
  readonly version: string;
  /** IP addresses and host names of `status.loadBalancer.ingress`, in its order. */
  readonly addresses: readonly string[];
  /** The field managers that wrote something of the status. */
  readonly managers: readonly string[];
}

export interface IngressRule {
  /** As written; null where the rule has no host. */
  readonly host: string | null;
  /** Empty where the rule has no `http`. */
  readonly paths: readonly IngressPath[];
}

export interface IngressPath {
  /** As written; empty where the path is absent. */
  readonly path: string;
  readonly pathType: 'Exact' | 'Prefix' | 'ImplementationSpecific';
  readonly backend: IngressBackend;
}

export type IngressBackend =
  | { readonly type: 'service'; readonly service: string; readonly port: number | string }
  | { readonly type: 'resource'; readonly resourceKind: string; readonly resourceName: string };

export interface IngressTls {
  readonly hosts: readonly string[];
  readonly secretName: string | null;
}

/** networking.k8s.io/v1 IngressClass */
export interface IngressClass extends Metadata {
  readonly kind: 'IngressClass';
  readonly controller: string;
  /** The annotation `ingressclass.kubernetes.io/is-default-class`. */
  readonly isDefault: boolean;
  /** `spec.parameters`; null where the class has none. */
  readonly parameters: ClassParameters | null;
}

/** The object that holds the settings of a class. */
export interface ClassParameters {
  /** Empty for the core group. */
  readonly apiGroup: string;
  readonly kind: string;
  readonly name: string;
  /** Null for an object of the whole cluster. */
  readonly namespace: string | null;
}

/** v1 Service */
export interface Service extends Metadata {
  readonly kind: 'Service';
  /** Those of `headgate.dev/`, by what follows it. */
  readonly annotations: ReadonlyMap<string, string>;
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  /** Set for ExternalName only. */
  readonly externalName: string | null;
  /** The address family that comes first; IPv4 where the object does not say. */
  readonly ipFamily: 'IPv4' | 'IPv6';
  readonly ports: readonly ServicePort[];
}

export interface ServicePort {
  /** Null where a single port is unnamed. EndpointSlice ports carry the same name. */
  readonly name: string | null;
  readonly port: number;
  readonly protocol: string;
  /** What is spoken on the port, as the object says it. */
  readonly appProtocol: string | null;
}

/** discovery.k8s.io/v1 EndpointSlice */
export interface EndpointSlice extends Metadata {
  readonly kind: 'EndpointSlice';
  /** The label `kubernetes.io/service-name`; null where the slice belongs to no Service. */
  readonly serviceName: string | null;
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN';
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly SliceEndpoint[];
}

export interface EndpointPort {
  readonly name: string | null;
  /** Null means all ports, which an Ingress cannot use. */
  readonly port: number | null;
  readonly protocol: string;
}

export interface SliceEndpoint {
  readonly addresses: readonly string[];
  /** Absent conditions are resolved as the API says: ready and serving true, terminating false. */
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** Tells an endpoint from others of the Service, in all slices; null where nothing does. */
  readonly target: string | null;
  /** The zones and nodes from which it is best used; empty where the cluster has no opinion. */
  readonly forZones: readonly string[];
  readonly forNodes: readonly string[];
}

/** The type of a certificate with its key. */
export const TLS_SECRET_TYPE = 'kubernetes.io/tls';

/** v1 Secret. Values are decoded; they never reach a log, a dump or an error. */
export interface Secret extends Metadata {
  readonly kind: 'Secret';
  readonly type: string;
  readonly values: ReadonlyMap<string, Uint8Array>;
}

/** v1 ConfigMap */
export interface ConfigMap extends Metadata {
  readonly kind: 'ConfigMap';
  readonly values: ReadonlyMap<string, string>;
}

/** v1 Node */
export interface Node extends Metadata {
  readonly kind: 'Node';
  /** The label `topology.kubernetes.io/zone`. */
  readonly zone: string | null;
}

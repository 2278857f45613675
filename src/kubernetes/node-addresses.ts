// The addresses under which clients reach the nodes that run a ready Headgate pod: what is read of
// pods and nodes, and what follows from it. Who asks for them, and how often, is not known here.

import { isIP } from 'node:net';
import { limits } from '#base/limits.ts';
import { Reader } from './reader.ts';

/** What is read of a Headgate pod. */
export interface GatewayPod {
  readonly name: string;
  /** Empty until it has a node. */
  readonly node: string;
  /** The addresses that its kubelet knows of its node: one, or one of each family. */
  readonly hostAddresses: readonly string[];
  readonly isReady: boolean;
  /** Somebody has deleted it, and it is about to end. */
  readonly isEnding: boolean;
}

/** Labels that a controller of pods adds, and that differ between the pods of one workload. */
const LABELS_OF_REVISION: readonly string[] = [
  'controller-revision-hash',
  'pod-template-generation',
  'pod-template-hash',
];

/**
 * Labels that Kubernetes recommends: both together name one installation of one program, whatever
 * else its pods are labelled with, which an upgrade may change.
 */
const LABELS_OF_INSTALLATION: readonly string[] = [
  'app.kubernetes.io/instance',
  'app.kubernetes.io/name',
];

/**
 * A label selector for all pods of the workload that `pod`, an unknown object, belongs to; null
 * where it has no label to tell them by.
 */
export function selectorOfWorkload(pod: unknown): string | null {
  const labels = Reader.of(pod, []).at('metadata').at('labels');
  const keys = labels.keys();
  const isNamed = LABELS_OF_INSTALLATION.every((key) => keys.includes(key));
  const telling = isNamed
    ? LABELS_OF_INSTALLATION
    : keys.filter((key) => !LABELS_OF_REVISION.includes(key)).sort();
  const terms = telling.map((key) => `${key}=${labels.at(key).string()}`);
  return terms.length === 0 ? null : terms.join(',');
}

/** The pods of a v1 PodList; what is not as it should be counts as absent. */
export function parsePods(list: unknown): GatewayPod[] {
  return Reader.of(list, []).at('items').list(parsePod);
}

function parsePod(pod: Reader): GatewayPod {
  const status = pod.at('status');
  const conditions = status.at('conditions').list((condition) => ({
    type: condition.at('type').optionalString(),
    status: condition.at('status').optionalString(),
  }));
  const all = status.at('hostIPs').list((address) => address.at('ip').optionalString());
  const first = status.at('hostIP').optionalString();
  return {
    name: pod.at('metadata').at('name').optionalString() ?? '',
    node: pod.at('spec').at('nodeName').optionalString() ?? '',
    hostAddresses: (all.length > 0 ? all : [first]).filter((address) => address !== null),
    isReady: conditions.some((one) => one.type === 'Ready' && one.status === 'True'),
    isEnding: pod.at('metadata').at('deletionTimestamp').isPresent,
  };
}

/** The external addresses of a v1 Node; empty where it has none. */
export function externalAddresses(node: unknown): string[] {
  const addresses = Reader.of(node, []).at('status').at('addresses');
  return addresses
    .list((entry) => ({
      type: entry.at('type').optionalString(),
      address: entry.at('address').optionalString() ?? '',
    }))
    .filter(({ type, address }) => type === 'ExternalIP' && isIP(address) !== 0)
    .map(({ address }) => address);
}

/** Pods that serve, and will. */
export function servingPods(pods: readonly GatewayPod[]): GatewayPod[] {
  return pods.filter(({ isReady, isEnding, node }) => isReady && !isEnding && node !== '');
}

/**
 * Of each node that runs a serving pod the external addresses, or else those that the pod tells,
 * which are internal. `external` has them by the name of the node.
 */
export function nodeAddresses(
  pods: readonly GatewayPod[],
  external: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const addresses = servingPods(pods).flatMap(({ node, hostAddresses }) => {
    const ofNode = external.get(node) ?? [];
    return ofNode.length > 0 ? ofNode : hostAddresses;
  });
  return publishable(addresses);
}

/** The address of a Service: those that its load balancer has, or else that it has itself. */
export function serviceAddresses(value: unknown): readonly string[] {
  const service = Reader.of(value, []);
  const spec = service.at('spec');
  const externalIps = spec.at('externalIPs').list((address) => address.optionalString());
  const clusterIps = spec.at('clusterIPs').list((address) => address.optionalString());
  switch (spec.at('type').optionalString()) {
    case 'ExternalName':
      return publishable([spec.at('externalName').optionalString()]);
    case 'LoadBalancer':
      return publishable([...loadBalancerAddresses(service), ...externalIps]);
    default:
      return publishable(externalIps.length > 0 ? externalIps : clusterIps);
  }
}

function loadBalancerAddresses(service: Reader): (string | null)[] {
  const entries = service.at('status').at('loadBalancer').at('ingress');
  return entries.list((entry) => {
    return entry.at('ip').optionalString() ?? entry.at('hostname').optionalString();
  });
}

/** Sorted, each once, and no more than an object of Kubernetes bears. */
export function publishable(addresses: readonly (string | null)[]): readonly string[] {
  const usable = addresses.filter(
    (address) => address !== null && address !== '' && address !== 'None',
  );
  return [...new Set(usable as string[])].sort().slice(0, limits.publishedAddressesMax);
}

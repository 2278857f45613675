// The columns that `kubectl get` shows for each kind, and what is in their cells. ONE table; a kind
// without a row of its own shows name and age.

import { type ApiObject, fieldAt, fieldsOf, listOf } from './api-object.ts';
import { humanAge } from './human-age.ts';

export interface Column {
  readonly name: string;
  /** Shown by `-o wide` only. */
  readonly isWide: boolean;
  readonly cell: (object: ApiObject, nowMs: number) => unknown;
}

const NONE = '<none>';
const UNKNOWN = '<unknown>';

const NAME = column('Name', ({ metadata }) => metadata.name);
const AGE = column('Age', ({ metadata }, nowMs) => ageOf(metadata.creationTimestamp, nowMs));

// biome-ignore format: a table
const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  Ingress: [
    NAME,
    column('Class',          (ingress) => fieldAt(ingress, 'spec.ingressClassName') ?? NONE),
    column('Hosts',          ingressHosts),
    column('Address',        (ingress) => loadBalancerAddresses(ingress).join(',')),
    column('Ports',          (ingress) => (listOf(fieldAt(ingress, 'spec.tls')).length > 0 ? '80, 443' : '80')),
    AGE,
  ],
  IngressClass: [
    NAME,
    column('Controller',     (object) => fieldAt(object, 'spec.controller')),
    column('Parameters',     classParameters),
    AGE,
  ],
  Service: [
    NAME,
    column('Type',           (object) => fieldAt(object, 'spec.type')),
    column('Cluster-IP',     (object) => fieldAt(object, 'spec.clusterIP') ?? NONE),
    column('External-IP',    externalIp),
    column('Port(s)',        servicePorts),
    AGE,
    wide('Selector',         (object) => pairs(fieldAt(object, 'spec.selector'))),
  ],
  EndpointSlice: [
    NAME,
    column('AddressType',    (object) => object.addressType),
    column('Ports',          (object) => orNone(namesOf(object.ports, 'port'))),
    column('Endpoints',      (object) => orNone(sliceAddresses(object))),
    AGE,
  ],
  Pod: [
    NAME,
    column('Ready',          podReady),
    column('Status',         (object) => fieldAt(object, 'status.phase') ?? UNKNOWN),
    column('Restarts',       () => 0),
    AGE,
    wide('IP',               (object) => fieldAt(object, 'status.podIP') ?? NONE),
    wide('Node',             (object) => fieldAt(object, 'spec.nodeName') ?? NONE),
  ],
  Node: [
    NAME,
    column('Status',         (object) => (conditionOf(object, 'Ready') === 'True' ? 'Ready' : 'NotReady')),
    column('Roles',          () => NONE),
    AGE,
    column('Version',        (object) => fieldAt(object, 'status.nodeInfo.kubeletVersion') ?? ''),
    wide('Internal-IP',      (object) => nodeAddress(object, 'InternalIP')),
    wide('External-IP',      (object) => nodeAddress(object, 'ExternalIP')),
  ],
  Namespace:    [NAME, column('Status', (object) => fieldAt(object, 'status.phase')), AGE],
  ConfigMap:    [NAME, column('Data', countData), AGE],
  Secret:       [NAME, column('Type', (object) => object.type), column('Data', countData), AGE],
  Lease:        [NAME, column('Holder', (object) => fieldAt(object, 'spec.holderIdentity') ?? ''), AGE],
  DaemonSet: [
    NAME,
    column('Desired',        (object) => fieldAt(object, 'status.desiredNumberScheduled') ?? 0),
    column('Current',        (object) => fieldAt(object, 'status.currentNumberScheduled') ?? 0),
    column('Ready',          (object) => fieldAt(object, 'status.numberReady') ?? 0),
    column('Up-to-date',     (object) => fieldAt(object, 'status.updatedNumberScheduled') ?? 0),
    column('Available',      (object) => fieldAt(object, 'status.numberAvailable') ?? 0),
    column('Node Selector',  (object) => pairs(fieldAt(object, 'spec.template.spec.nodeSelector'))),
    AGE,
  ],
  Event: [
    column('Last Seen',      (object, nowMs) => ageOf(lastSeen(object), nowMs)),
    column('Type',           (object) => object.type ?? ''),
    column('Reason',         (object) => object.reason ?? ''),
    column('Object',         eventObject),
    wide('Source',           (object) => fieldAt(object, 'source.component') ?? object.reportingComponent ?? ''),
    column('Message',        (object) => String(object.message ?? '').trim()),
    wide('Count',            (object) => fieldAt(object, 'series.count') ?? object.count ?? 1),
    wide('Name',             ({ metadata }) => metadata.name),
  ],
};

export function columnsOf(kind: string): readonly Column[] {
  return COLUMNS[kind] ?? [NAME, AGE];
}

function column(name: string, cell: Column['cell']): Column {
  return { name, isWide: false, cell };
}

function wide(name: string, cell: Column['cell']): Column {
  return { name, isWide: true, cell };
}

function ageOf(time: unknown, nowMs: number): string {
  const madeMs = Date.parse(String(time));
  return Number.isNaN(madeMs) ? UNKNOWN : humanAge((nowMs - madeMs) / 1_000);
}

function ingressHosts(ingress: ApiObject): string {
  const hosts = namesOf(fieldAt(ingress, 'spec.rules'), 'host');
  const shown = hosts.slice(0, 3).join(',');
  if (hosts.length === 0) return '*';
  return hosts.length > 3 ? `${shown} + ${hosts.length - 3} more...` : shown;
}

function loadBalancerAddresses(object: ApiObject): readonly string[] {
  return listOf(fieldAt(object, 'status.loadBalancer.ingress'))
    .map(fieldsOf)
    .map(({ ip, hostname }) => String(ip ?? hostname ?? ''))
    .filter((address) => address !== '');
}

function classParameters(object: ApiObject): string {
  const { apiGroup, kind, name } = fieldsOf(fieldAt(object, 'spec.parameters'));
  if (kind === undefined) return NONE;
  return `${kind}${apiGroup === undefined ? '' : `.${apiGroup}`}/${name}`;
}

function externalIp(object: ApiObject): string {
  if (fieldAt(object, 'spec.type') === 'ExternalName') {
    return String(fieldAt(object, 'spec.externalName'));
  }
  const own = listOf(fieldAt(object, 'spec.externalIPs')).map(String);
  const addresses = [...loadBalancerAddresses(object), ...own];
  const isPending = fieldAt(object, 'spec.type') === 'LoadBalancer' && addresses.length === 0;
  return isPending ? '<pending>' : orNone(addresses);
}

function servicePorts(object: ApiObject): string {
  const ports = listOf(fieldAt(object, 'spec.ports')).map(fieldsOf);
  return orNone(
    ports.map(({ port, nodePort, protocol }) => {
      const node = nodePort === undefined ? '' : `:${nodePort}`;
      return `${port}${node}/${protocol}`;
    }),
  );
}

function sliceAddresses({ endpoints }: ApiObject): readonly string[] {
  const all = listOf(endpoints).flatMap((endpoint) => listOf(fieldsOf(endpoint).addresses));
  const shown = all.slice(0, 3).map(String);
  return all.length > 3 ? [...shown, `+ ${all.length - 3} more...`] : shown;
}

function podReady(object: ApiObject): string {
  const count = listOf(fieldAt(object, 'spec.containers')).length;
  return `${conditionOf(object, 'Ready') === 'True' ? count : 0}/${count}`;
}

function conditionOf(object: ApiObject, type: string): unknown {
  const conditions = listOf(fieldAt(object, 'status.conditions')).map(fieldsOf);
  return conditions.find((condition) => condition.type === type)?.status;
}

function nodeAddress(object: ApiObject, type: string): unknown {
  const addresses = listOf(fieldAt(object, 'status.addresses')).map(fieldsOf);
  return addresses.find((address) => address.type === type)?.address ?? NONE;
}

function countData({ data, binaryData }: ApiObject): number {
  return Object.keys(fieldsOf(data)).length + Object.keys(fieldsOf(binaryData)).length;
}

function lastSeen(event: ApiObject): unknown {
  return fieldAt(event, 'series.lastObservedTime') ?? event.lastTimestamp ?? event.eventTime;
}

function eventObject(event: ApiObject): string {
  const { kind, name } = fieldsOf(event.involvedObject);
  return `${String(kind).toLowerCase()}/${name}`;
}

function namesOf(list: unknown, field: string): readonly string[] {
  return listOf(list)
    .map((item) => fieldsOf(item)[field])
    .filter((name) => name !== undefined && name !== '')
    .map(String);
}

function pairs(labels: unknown): string {
  const entries = Object.entries(fieldsOf(labels)) as readonly (readonly [string, unknown])[];
  return orNone(entries.map(([name, value]: readonly [string, unknown]) => `${name}=${value}`));
}

function orNone(list: readonly unknown[]): string {
  return list.length === 0 ? NONE : list.join(',');
}

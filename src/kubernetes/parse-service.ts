// v1 Service and discovery.k8s.io/v1 EndpointSlice, from unknown values. Which endpoints serve
// which port is not decided here.

import { isIPv4, isIPv6 } from 'node:net';
import { dnsLabel, dnsSubdomain, type NameForm } from './names.ts';
import { parseAnnotations } from './parse-annotations.ts';
import type { Reader } from './reader.ts';
import type {
  EndpointPort,
  EndpointSlice,
  Metadata,
  Service,
  ServicePort,
  SliceEndpoint,
} from './resources.ts';

/** How an address is written, for each address type of a slice. */
const ADDRESS_FORMS: Readonly<Record<EndpointSlice['addressType'], NameForm>> = {
  IPv4: { expected: 'an IPv4 address', accepts: isIPv4 },
  // A zone names an interface of the node that wrote the slice; the API refuses it too.
  IPv6: {
    expected: 'an IPv6 address without a zone',
    accepts: (text) => isIPv6(text) && !text.includes('%'),
  },
  FQDN: dnsSubdomain,
};

export function parseService(object: Reader, metadata: Metadata): Service {
  const spec = object.at('spec');
  const type = spec.at('type').isPresent
    ? spec.at('type').choice(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'])
    : 'ClusterIP';
  return {
    ...metadata,
    kind: 'Service',
    annotations: parseAnnotations(object),
    type,
    externalName: type === 'ExternalName' ? spec.at('externalName').name(externalName) : null,
    ipFamily: spec.at('ipFamilies').list(parseFamily)[0] ?? 'IPv4',
    ports: spec.at('ports').list(parseServicePort),
  };
}

// DNS does not mind capitals, and a trailing dot only says that the name is complete.
const externalName: NameForm = {
  expected: dnsSubdomain.expected,
  accepts: (text) => dnsSubdomain.accepts(text.toLowerCase().replace(/\.$/, '')),
};

export function parseEndpointSlice(object: Reader, metadata: Metadata): EndpointSlice {
  const addressType = object.at('addressType').choice(['IPv4', 'IPv6', 'FQDN']);
  const serviceName = object.at('metadata').at('labels').at('kubernetes.io/service-name');
  return {
    ...metadata,
    kind: 'EndpointSlice',
    serviceName: serviceName.optionalString(),
    addressType,
    ports: object.at('ports').list(parseEndpointPort),
    endpoints: object
      .at('endpoints')
      .list((endpoint) => parseEndpoint(endpoint, ADDRESS_FORMS[addressType])),
  };
}

function parseFamily(family: Reader): Service['ipFamily'] {
  return family.choice(['IPv4', 'IPv6']);
}

function parseServicePort(port: Reader): ServicePort {
  return {
    name: parsePortName(port.at('name')),
    port: port.at('port').port(),
    protocol: parseProtocol(port.at('protocol')),
    appProtocol: port.at('appProtocol').optionalString(),
  };
}

function parseEndpointPort(port: Reader): EndpointPort {
  return {
    name: parsePortName(port.at('name')),
    port: port.at('port').optionalPort(),
    protocol: parseProtocol(port.at('protocol')),
  };
}

/** The API writes the name of an unnamed port as an empty string, or not at all. */
function parsePortName(name: Reader): string | null {
  const text = name.optionalString();
  return text === null || text === '' ? null : name.name(dnsLabel);
}

function parseProtocol(protocol: Reader): string {
  return protocol.isPresent ? protocol.choice(['TCP', 'UDP', 'SCTP']) : 'TCP';
}

function parseEndpoint(endpoint: Reader, form: NameForm): SliceEndpoint {
  const conditions = endpoint.at('conditions');
  const addresses = endpoint.at('addresses').list((address) => address.name(form));
  if (addresses.length === 0) endpoint.at('addresses').expected('a list of at least one address');
  return {
    addresses,
    ready: conditions.at('ready').boolean(true),
    serving: conditions.at('serving').boolean(true),
    terminating: conditions.at('terminating').boolean(false),
    target: parseTarget(endpoint.at('targetRef')),
    forZones: endpoint.at('hints').at('forZones').list(parseHint),
    forNodes: endpoint.at('hints').at('forNodes').list(parseHint),
  };
}

/** A pod has one name in the slices of both address families. */
function parseTarget(target: Reader): string | null {
  if (!target.isPresent) return null;
  const [kind, name] = [target.at('kind').optionalString(), target.at('name').optionalString()];
  return kind === null || name === null ? null : `${kind}/${name}`;
}

function parseHint(hint: Reader): string {
  return hint.at('name').string();
}

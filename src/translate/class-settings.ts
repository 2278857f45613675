// Reads the settings of a class from the ConfigMap that its parameters name. Whatever is wrong with
// them is a Problem, and the class works on with the settings that are right.

import { quote } from '#base/quote.ts';
import { parseServicePortRef, type ServicePortRef } from '#base/service-port-ref.ts';
import type { ClassParameters, ConfigMap, IngressClass } from '#kubernetes/resources.ts';
import { mistakeIn } from './check-reference.ts';
import { type Finding, findingAt, type Place } from './problems.ts';
import type { ClassOptions, ConfigMaps, Services } from './translate-input.ts';
import { DEFAULT_POLICY, type TransportPolicy } from './transport-policy.ts';

export interface ClassSettings extends ClassValues {
  readonly ingressClass: IngressClass;
  readonly findings: readonly Finding[];
}

interface ClassValues {
  /** Answers for the hosts of the class what nothing else answers; null for nothing. */
  readonly defaultBackend: ClassBackend | null;
  readonly policy: TransportPolicy;
}

export interface ClassBackend {
  readonly ref: ServicePortRef;
  /** Where it is written. */
  readonly place: Place;
}

export function readClassSettings(
  ingressClass: IngressClass,
  input: ConfigMaps,
  { controllerNamespace }: ClassOptions,
): ClassSettings {
  const nothing = { ingressClass, ...NO_VALUES };
  const { parameters } = ingressClass;
  if (parameters === null) return { ...nothing, findings: [] };
  const mistake = mistakeInReference(parameters, controllerNamespace);
  if (mistake !== null) return { ...nothing, findings: [invalid(ingressClass, mistake)] };
  const { namespace, name } = parameters;
  const configMap = input.configMap(namespace ?? '', name);
  if (configMap === null) {
    const message = `ConfigMap ${quote(`${namespace}/${name}`)} does not exist`;
    const place = { object: ingressClass, field: 'spec.parameters.name' };
    return { ...nothing, findings: [findingAt(place, 'ConfigMapNotFound', message)] };
  }
  return { ingressClass, ...readValues(configMap) };
}

/** Whether the settings of the class may be in this ConfigMap. */
export function namesConfigMap({ parameters }: IngressClass, configMap: ConfigMap): boolean {
  return parameters?.name === configMap.name && parameters.namespace === configMap.namespace;
}

/** What is wrong with the Service that answers for a class. */
export function checkClassSettings(
  { defaultBackend }: ClassSettings,
  services: Services,
): readonly Finding[] {
  if (defaultBackend === null) return [];
  const { ref, place } = defaultBackend;
  const mistake = mistakeIn(ref, services.service(ref.namespace, ref.service));
  return mistake === null ? [] : [findingAt(place, mistake.reason, mistake.message)];
}

/** Whoever may write a class need not be trusted with the ConfigMaps of every namespace. */
function mistakeInReference(parameters: ClassParameters, controllerNamespace: string | null) {
  const { apiGroup, kind, namespace } = parameters;
  if (apiGroup !== '' || kind !== 'ConfigMap') {
    const named = apiGroup === '' ? kind : `${apiGroup}/${kind}`;
    return { field: 'kind', message: `${quote(named)} is not supported, only ConfigMap is` };
  }
  if (namespace === null) {
    return { field: 'namespace', message: 'a ConfigMap is in a namespace, and none is named' };
  }
  if (controllerNamespace === null || namespace === controllerNamespace) return null;
  const only = quote(controllerNamespace);
  const message = `${quote(namespace)} is not the namespace of the controller, ${only}`;
  return { field: 'namespace', message };
}

function invalid(object: IngressClass, { field, message }: { field: string; message: string }) {
  const place = { object, field: `spec.parameters.${field}` };
  return findingAt(place, 'InvalidParameters', message);
}

/** The values with one more read from `text`; or what was expected in its place. */
type ReadValue = (values: ClassValues, text: string, place: Place) => ClassValues | string;

const NO_VALUES: ClassValues = { defaultBackend: null, policy: DEFAULT_POLICY };

/** RFC 6797 6.1. */
const STRICT_TRANSPORT_SECURITY = /^max-age=[0-9]{1,10}(?:; includeSubDomains)?(?:; preload)?$/;

const SETTINGS: ReadonlyMap<string, ReadValue> = new Map<string, ReadValue>([
  ['default-backend', readDefaultBackend],
  ['https-redirect', readHttpsRedirect],
  ['strict-transport-security', readStrictTransportSecurity],
]);

function readValues(configMap: ConfigMap): Omit<ClassSettings, 'ingressClass'> {
  const findings: Finding[] = [];
  let values = NO_VALUES;
  for (const [key, text] of configMap.values) {
    const place = { object: configMap, field: `data[${key}]` };
    const read = SETTINGS.get(key);
    if (read === undefined) {
      const known = [...SETTINGS.keys()].map(quote).join(', ');
      const message = `${quote(key)} is no setting of a class; there are ${known}`;
      findings.push(findingAt(place, 'UnknownSetting', message));
      continue;
    }
    const result = read(values, text.trim(), place);
    if (typeof result !== 'string') values = result;
    else {
      const message = `expected ${result}, found ${quote(text)}`;
      findings.push(findingAt(place, 'InvalidSetting', message));
    }
  }
  return { ...values, findings };
}

function readDefaultBackend(values: ClassValues, text: string, place: Place) {
  const ref = parseServicePortRef(text);
  return ref === null ? 'NAMESPACE/SERVICE:PORT' : { ...values, defaultBackend: { ref, place } };
}

function readHttpsRedirect(values: ClassValues, text: string) {
  if (text !== 'true' && text !== 'false') return 'true or false';
  return { ...values, policy: { ...values.policy, redirectsToHttps: text === 'true' } };
}

function readStrictTransportSecurity(values: ClassValues, text: string) {
  if (!STRICT_TRANSPORT_SECURITY.test(text)) {
    return 'max-age=SECONDS, which "; includeSubDomains" and "; preload" may follow';
  }
  return { ...values, policy: { ...values.policy, strictTransportSecurity: text } };
}

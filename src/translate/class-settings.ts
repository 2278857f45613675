// Reads the settings of a class from the ConfigMap that its parameters name. Whatever is wrong with
// them is a Problem, and the class works on with the settings that are right.

import { quote } from '#base/quote.ts';
import { parseServicePortRef, type ServicePortRef } from '#base/service-port-ref.ts';
import type { ClassParameters, ConfigMap, IngressClass } from '#kubernetes/resources.ts';
import { mistakeIn } from './check-reference.ts';
import { type Finding, findingAt, type Place } from './problems.ts';
import type { ClassOptions, ConfigMaps, Services } from './translate-input.ts';

const DEFAULT_BACKEND = 'default-backend';

export interface ClassSettings {
  readonly ingressClass: IngressClass;
  /** Answers for the hosts of the class what nothing else answers; null for nothing. */
  readonly defaultBackend: ClassBackend | null;
  readonly findings: readonly Finding[];
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
  const nothing = { ingressClass, defaultBackend: null };
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

function readValues(configMap: ConfigMap): Omit<ClassSettings, 'ingressClass'> {
  const findings: Finding[] = [];
  let defaultBackend: ClassBackend | null = null;
  for (const [key, text] of configMap.values) {
    const place = { object: configMap, field: `data[${key}]` };
    if (key !== DEFAULT_BACKEND) {
      const message = `${quote(key)} is no setting of a class; there is ${quote(DEFAULT_BACKEND)}`;
      findings.push(findingAt(place, 'UnknownSetting', message));
      continue;
    }
    const ref = parseServicePortRef(text.trim());
    if (ref !== null) defaultBackend = { ref, place };
    else {
      const message = `expected NAMESPACE/SERVICE:PORT, found ${quote(text)}`;
      findings.push(findingAt(place, 'InvalidSetting', message));
    }
  }
  return { defaultBackend, findings };
}

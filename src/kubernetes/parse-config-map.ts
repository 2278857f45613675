// v1 ConfigMap, from an unknown value. What its keys mean is not decided here.

import { configKey } from './names.ts';
import { quote, type Reader } from './reader.ts';
import type { ConfigMap, Metadata } from './resources.ts';

export function parseConfigMap(object: Reader, metadata: Metadata): ConfigMap {
  const data = object.at('data');
  const values = data.keys().flatMap((key): [string, string][] => {
    if (configKey.accepts(key)) return [[key, data.at(key).optionalString() ?? '']];
    data.fault(`expected ${configKey.expected}, found ${quote(key)}`);
    return [];
  });
  return { ...metadata, kind: 'ConfigMap', values: new Map(values) };
}

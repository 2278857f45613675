// v1 Secret, from an unknown value. No value of a Secret gets into a message, not even a bad one.

import { configKey } from './names.ts';
import { quote, type Reader } from './reader.ts';
import type { Metadata, Secret } from './resources.ts';

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

export function parseSecret(object: Reader, metadata: Metadata): Secret {
  const data = object.at('data').concealed();
  const stringData = object.at('stringData').concealed();
  // stringData wins, as on the API server.
  const values = new Map<string, Uint8Array>([
    ...readValues(data, decodeBase64),
    ...readValues(stringData, (value) => Buffer.from(value.optionalString() ?? '', 'utf8')),
  ]);
  return {
    ...metadata,
    kind: 'Secret',
    type: object.at('type').optionalString() ?? 'Opaque',
    values,
  };
}

function readValues(
  map: Reader,
  decode: (value: Reader) => Uint8Array,
): [key: string, value: Uint8Array][] {
  return map.keys().flatMap((key) => {
    if (configKey.accepts(key)) return [[key, decode(map.at(key))]];
    map.fault(`expected ${configKey.expected}, found ${quote(key)}`);
    return [];
  });
}

function decodeBase64(value: Reader): Uint8Array {
  // Line ends are allowed, as in Go's decoder, because block scalars bring them.
  const text = (value.optionalString() ?? '').replaceAll(/[\r\n]/g, '');
  if (text.length % 4 !== 0 || !BASE64.test(text)) value.expected('base64');
  return Buffer.from(text, 'base64');
}

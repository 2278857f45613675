// Objects in protobuf, the form in which `kubectl create ingress` and its like send them. Only what
// those commands can say is read. Source: the generated.proto files of k8s.io/api; protobuf.dev,
// "Encoding".

import type { Fields } from './api-object.ts';
import { badRequest, unsupportedMediaType } from './api-status.ts';

type Scalar = 'string' | 'base64' | 'number' | 'portNumberOrName';
interface FieldForm {
  readonly name: string;
  readonly form: Scalar | Message;
  /** One value, a list, or a mapping by strings. Inline: its fields are those of its owner. */
  readonly many?: 'list' | 'map' | 'inline';
}
/** By field number. */
type Message = Readonly<Record<number, FieldForm>>;

// biome-ignore format: tables
const METADATA: Message = {
  1:  { name: 'name',            form: 'string' },
  2:  { name: 'generateName',    form: 'string' },
  3:  { name: 'namespace',       form: 'string' },
  11: { name: 'labels',          form: 'string', many: 'map' },
  12: { name: 'annotations',     form: 'string', many: 'map' },
};
const OWN_METADATA: FieldForm = { name: 'metadata', form: METADATA };
// biome-ignore format: tables
const BACKEND_PORT: Message = {
  1:  { name: 'name',            form: 'string' },
  2:  { name: 'number',          form: 'number' },
};
// biome-ignore format: tables
const SERVICE_BACKEND: Message = {
  1:  { name: 'name',            form: 'string' },
  2:  { name: 'port',            form: BACKEND_PORT },
};
const BACKEND: Message = { 4: { name: 'service', form: SERVICE_BACKEND } };
// biome-ignore format: tables
const HTTP_PATH: Message = {
  1:  { name: 'path',            form: 'string' },
  2:  { name: 'backend',         form: BACKEND },
  3:  { name: 'pathType',        form: 'string' },
};
const HTTP: Message = { 1: { name: 'paths', form: HTTP_PATH, many: 'list' } };
const RULE_VALUE: Message = { 1: { name: 'http', form: HTTP } };
// biome-ignore format: tables
const RULE: Message = {
  1:  { name: 'host',            form: 'string' },
  2:  { name: '',                form: RULE_VALUE,    many: 'inline' },
};
// biome-ignore format: tables
const TLS: Message = {
  1:  { name: 'hosts',           form: 'string',      many: 'list' },
  2:  { name: 'secretName',      form: 'string' },
};
// biome-ignore format: tables
const INGRESS_SPEC: Message = {
  1:  { name: 'defaultBackend',  form: BACKEND },
  2:  { name: 'tls',             form: TLS,           many: 'list' },
  3:  { name: 'rules',           form: RULE,          many: 'list' },
  4:  { name: 'ingressClassName', form: 'string' },
};
// biome-ignore format: tables
const SERVICE_PORT: Message = {
  1:  { name: 'name',            form: 'string' },
  2:  { name: 'protocol',        form: 'string' },
  3:  { name: 'port',            form: 'number' },
  4:  { name: 'targetPort',      form: 'portNumberOrName' },
  5:  { name: 'nodePort',        form: 'number' },
};
// biome-ignore format: tables
const SERVICE_SPEC: Message = {
  1:  { name: 'ports',           form: SERVICE_PORT,  many: 'list' },
  2:  { name: 'selector',        form: 'string',      many: 'map' },
  3:  { name: 'clusterIP',       form: 'string' },
  4:  { name: 'type',            form: 'string' },
  10: { name: 'externalName',    form: 'string' },
};

// biome-ignore format: tables
const PRECONDITIONS: Message = {
  1:  { name: 'uid',             form: 'string' },
  2:  { name: 'resourceVersion', form: 'string' },
};

// biome-ignore format: a table
const KINDS: Readonly<Record<string, Message>> = {
  Ingress:        { 1: OWN_METADATA, 2: { name: 'spec', form: INGRESS_SPEC } },
  Service:        { 1: OWN_METADATA, 2: { name: 'spec', form: SERVICE_SPEC } },
  DeleteOptions:  { 2: { name: 'preconditions', form: PRECONDITIONS } },
  Namespace:      { 1: OWN_METADATA },
  ServiceAccount: { 1: OWN_METADATA },
  ConfigMap:      { 1: OWN_METADATA, 2: { name: 'data', form: 'string', many: 'map' }, 3: { name: 'binaryData', form: 'base64', many: 'map' } },
  Secret:         { 1: OWN_METADATA, 2: { name: 'data', form: 'base64', many: 'map' }, 3: { name: 'type', form: 'string' } },
};

export const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const MAGIC = Buffer.from('k8s\0');
const TYPE: Message = {
  1: { name: 'apiVersion', form: 'string' },
  2: { name: 'kind', form: 'string' },
};

/** Throws StatusError for kinds that are not in the table, and for what is cut short. */
export function parseProtobuf(bytes: Buffer): Fields {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw badRequest('no protobuf object');
  const envelope = new Map(fieldsIn(bytes.subarray(MAGIC.length)));
  const type = decode(bytesOf(envelope.get(1)), TYPE);
  const kind = KINDS[String(type.kind)];
  if (kind === undefined) throw unsupportedMediaType(`${PROTOBUF} of a ${type.kind}`);
  return { ...type, ...decode(bytesOf(envelope.get(2)), kind) };
}

function decode(bytes: Buffer, message: Message): Fields {
  const object: Record<string, unknown> = {};
  for (const [number, raw] of fieldsIn(bytes)) {
    const field = message[number];
    if (field === undefined) continue;
    const { name, form, many } = field;
    if (many === 'map') {
      const entry = new Map(fieldsIn(bytesOf(raw)));
      const key = bytesOf(entry.get(1)).toString();
      object[name] = { ...(object[name] as Fields), [key]: read(entry.get(2), form) };
    } else if (many === 'list') {
      object[name] = [...((object[name] as unknown[]) ?? []), read(raw, form)];
    } else if (many === 'inline') Object.assign(object, read(raw, form));
    else if (!isZero(raw)) object[name] = read(raw, form);
  }
  return object;
}

function read(raw: Raw | undefined, form: Scalar | Message): unknown {
  if (typeof form === 'object') return decode(bytesOf(raw), form);
  if (form === 'number') return Number(raw);
  if (form === 'base64') return bytesOf(raw).toString('base64');
  if (form === 'string') return bytesOf(raw).toString();
  const parts = new Map(fieldsIn(bytesOf(raw)));
  return Number(parts.get(1) ?? 0) === 0 ? Number(parts.get(2)) : bytesOf(parts.get(3)).toString();
}

/** A number, or the bytes of anything else. */
type Raw = number | Buffer;

const VARINT = 0;
const LENGTH_DELIMITED = 2;

function* fieldsIn(bytes: Buffer): Generator<readonly [number, Raw]> {
  let at = 0;
  const readNumber = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at];
      if (byte === undefined) throw badRequest('the protobuf object is cut short');
      at += 1;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = readNumber();
    const kind = tag & 7;
    const value = kind === VARINT || kind === LENGTH_DELIMITED ? readNumber() : Number.NaN;
    if (Number.isNaN(value)) throw badRequest(`no protobuf field has type ${kind} here`);
    if (kind === LENGTH_DELIMITED) at += value;
    const number = Math.floor(tag / 8);
    yield [number, kind === VARINT ? value : bytes.subarray(at - value, at)] as const;
  }
}

/** Empty texts and zeros are sent for what is not set. */
function isZero(raw: Raw): boolean {
  return raw === 0 || (typeof raw !== 'number' && raw.length === 0);
}

function bytesOf(raw: Raw | undefined): Buffer {
  return typeof raw === 'number' || raw === undefined ? Buffer.alloc(0) : raw;
}

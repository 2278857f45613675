// Whether a private key belongs to a certificate, from their DER: a private key tells its public
// half, as it is in the certificate (RFC 5280 4.1, RFC 5208, RFC 5915, RFC 8017 A.1). It knows the
// usual forms only, and leaves the others to OpenSSL, which takes twenty times as long for a key.

import { Tag } from '#base/der.ts';
import { limits } from '#base/limits.ts';

interface Element {
  readonly tag: number;
  /** Of its contents. */
  readonly start: number;
  readonly end: number;
}

/** What both halves of a pair have in common; two are of one pair if they are equal. */
interface PublicHalf {
  readonly algorithm: 'ec' | 'rsa';
  /** The object identifier of the curve; empty for RSA. */
  readonly curve: string;
  /** The point, or modulus and exponent, byte for byte as a text. */
  readonly key: string;
}

const EC_ID = '2a8648ce3d0201';
const RSA_ID = '2a864886f70d010101';
/** Curves by identifier, with the bytes of a coordinate: P-256, P-384 and P-521. */
const CURVES: ReadonlyMap<string, number> = new Map([
  ['2a8648ce3d030107', 32],
  ['2b81040022', 48],
  ['2b81040023', 66],
]);
const RSA_MODULUS_BYTES_MIN = 256;
const RSA_MODULUS_BYTES_MAX = limits.rsaKeyBitsMax / 8;
/** Of a private key, after its version: n, e, d, p, q, and three that follow from them. */
const RSA_NUMBERS = 8;
const [CURVE_FIELD, POINT_FIELD, VERSION_FIELD] = [0xa0, 0xa1, 0xa0];
/** Of what comes before the public key in a certificate, without the version. */
const FIELDS_BEFORE_KEY = 5;

/** The algorithm of a pair in DER; null if it is none, or of a form that is not known here. */
export function keyMatch(certificate: Buffer, privateKey: Buffer): 'ec' | 'rsa' | null {
  const certified = certifiedHalf(certificate);
  const own = certified === null ? null : privateHalf(privateKey);
  if (certified === null || own === null || certified.algorithm !== own.algorithm) return null;
  return certified.curve === own.curve && certified.key === own.key ? own.algorithm : null;
}

function certifiedHalf(bytes: Buffer): PublicHalf | null {
  const [certificate] = elements(bytes, 0, bytes.length);
  const [body] = inside(bytes, certificate, Tag.sequence);
  const fields = inside(bytes, body, Tag.sequence);
  const isVersioned = fields[0]?.tag === VERSION_FIELD;
  const info = fields[isVersioned ? FIELDS_BEFORE_KEY + 1 : FIELDS_BEFORE_KEY];
  const [kind, key] = inside(bytes, info, Tag.sequence);
  if (key === undefined || key.tag !== Tag.bitString || bytes[key.start] !== 0) return null;
  const { id, curve } = algorithmOf(bytes, kind);
  const whole = { ...key, start: key.start + 1 };
  if (id === EC_ID) return pointHalf(bytes, curve, whole);
  if (id !== RSA_ID) return null;
  const [numbers] = elements(bytes, whole.start, whole.end);
  return modulusHalf(bytes, inside(bytes, numbers, Tag.sequence));
}

/** PKCS #8, or what is inside of it for the one algorithm or the other. */
function privateHalf(bytes: Buffer): PublicHalf | null {
  const [whole, ...rest] = elements(bytes, 0, bytes.length);
  const fields = inside(bytes, whole, Tag.sequence);
  const [version, kind, key] = fields;
  if (rest.length > 0) return null;
  if (kind?.tag !== Tag.sequence) {
    return fields.length === RSA_NUMBERS + 1 ? rsaHalf(bytes, fields) : ecHalf(bytes, '', fields);
  }
  if (!isNumber(bytes, version, 0) || key?.tag !== Tag.octetString || fields.length > 3)
    return null;
  const [wrapped] = elements(bytes, key.start, key.end);
  const { id, curve } = algorithmOf(bytes, kind);
  const parts = inside(bytes, wrapped, Tag.sequence);
  if (id === EC_ID) return ecHalf(bytes, curve, parts);
  return id === RSA_ID ? rsaHalf(bytes, parts) : null;
}

/** `named` is the curve if something around the key names it. */
function ecHalf(bytes: Buffer, named: string, fields: readonly Element[]): PublicHalf | null {
  const [version, scalar, ...optional] = fields;
  const field = optional.find(({ tag }) => tag === CURVE_FIELD);
  const [id] = inside(bytes, field, CURVE_FIELD);
  const curve = id === undefined ? named : hex(bytes, id);
  const [point] = inside(bytes, optional.at(-1), POINT_FIELD);
  if (!isNumber(bytes, version, 1) || scalar?.tag !== Tag.octetString) return null;
  if (scalar.end - scalar.start !== CURVES.get(curve)) return null;
  if (named !== '' && named !== curve) return null;
  if (point?.tag !== Tag.bitString || bytes[point.start] !== 0) return null;
  return pointHalf(bytes, curve, { ...point, start: point.start + 1 });
}

function rsaHalf(bytes: Buffer, fields: readonly Element[]): PublicHalf | null {
  const [version, ...numbers] = fields;
  if (!isNumber(bytes, version, 0) || numbers.length !== RSA_NUMBERS) return null;
  return numbers.some(({ tag }) => tag !== Tag.integer) ? null : modulusHalf(bytes, numbers);
}

function pointHalf(bytes: Buffer, curve: string, { start, end }: Element): PublicHalf | null {
  const coordinate = CURVES.get(curve);
  // An uncompressed point (SEC 1, 2.3.3).
  const isWhole = coordinate !== undefined && end - start === 2 * coordinate + 1;
  if (!isWhole || bytes[start] !== 4) return null;
  return { algorithm: 'ec', curve, key: bytes.toString('latin1', start, end) };
}

function modulusHalf(bytes: Buffer, [modulus, exponent]: readonly Element[]): PublicHalf | null {
  if (modulus?.tag !== Tag.integer || exponent?.tag !== Tag.integer) return null;
  // A modulus of full length begins with a bit that would be a sign, so with a zero byte.
  const size = modulus.end - modulus.start - 1;
  if (size < RSA_MODULUS_BYTES_MIN || size > RSA_MODULUS_BYTES_MAX) return null;
  const numbers = [modulus, exponent].map(({ start, end }) => bytes.toString('latin1', start, end));
  return { algorithm: 'rsa', curve: '', key: numbers.join() };
}

function algorithmOf(bytes: Buffer, kind: Element | undefined) {
  const [id, parameter] = inside(bytes, kind, Tag.sequence);
  return {
    id: id?.tag === Tag.objectId ? hex(bytes, id) : '',
    curve: parameter?.tag === Tag.objectId ? hex(bytes, parameter) : '',
  };
}

function isNumber(bytes: Buffer, element: Element | undefined, value: number): boolean {
  if (element?.tag !== Tag.integer || element.end - element.start !== 1) return false;
  return bytes[element.start] === value;
}

function hex(bytes: Buffer, { start, end }: Element): string {
  return bytes.toString('hex', start, end);
}

/** What an element of this tag holds; nothing if it is of another one, or not well formed. */
function inside(bytes: Buffer, element: Element | undefined, tag: number): readonly Element[] {
  return element?.tag === tag ? elements(bytes, element.start, element.end) : [];
}

/** Of one level, to the very end; none if they are not well formed. */
function elements(bytes: Buffer, from: number, to: number): readonly Element[] {
  const found: Element[] = [];
  for (let at = from; at < to; ) {
    const first = bytes[at + 1] ?? 0;
    // Longer than 65,535 bytes is no key, and no certificate.
    const size = first < 0x80 ? 0 : first - 0x80;
    if (size > 2 || at + 2 + size > to) return [];
    let length = size === 0 ? first : 0;
    for (let index = 0; index < size; index += 1)
      length = length * 256 + (bytes[at + 2 + index] ?? 0);
    const start = at + 2 + size;
    if (start + length > to) return [];
    found.push({ tag: bytes[at] ?? 0, start, end: start + length });
    at = start + length;
  }
  return found;
}

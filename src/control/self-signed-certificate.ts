// Makes the certificate that answers until somebody gives a better one: self-signed, for no name
// that anybody trusts, with a key that is known to this process alone. Node reads X.509 and does
// not write it, so the few structures of DER that it takes are written here (RFC 5280, RFC 5480).

import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { contentKey, formatKey } from '#base/hash.ts';
import type { Certificate } from '#plan/tls-plan.ts';

const COMMON_NAME = 'Headgate self-signed';
const DNS_NAME = 'headgate.invalid';
/** A machine whose clock lags still takes it; nobody else should for long. */
const VALID_FROM_MS = -86_400_000;
const VALID_FOR_MS = 365 * 86_400_000;
const SERIAL_BYTES = 16;

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const NAMED_DNS = 0x82;
const VERSION_FIELD = 0xa0;
const EXTENSIONS_FIELD = 0xa3;
const VERSION_3 = 2;

const ECDSA_WITH_SHA256 = der(SEQUENCE, hex(OBJECT_ID, '2a8648ce3d040302'));
const COMMON_NAME_ID = hex(OBJECT_ID, '550403');
const SUBJECT_ALT_NAME_ID = hex(OBJECT_ID, '551d11');

/** Valid around `nowMs`, milliseconds since 1970. Each call makes another one. */
export function selfSignedCertificate(nowMs: number): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const notAfterMs = nowMs + VALID_FOR_MS;
  const body = certificateBody(publicKey, { fromMs: nowMs + VALID_FROM_MS, toMs: notAfterMs });
  const signature = sign('sha256', body, privateKey);
  const certificate = der(SEQUENCE, body, ECDSA_WITH_SHA256, bits(signature));
  const chain = pemOf(certificate);
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { name: formatKey(contentKey(chain + key)), chain, key, algorithm: 'ec', notAfterMs };
}

function certificateBody(
  publicKey: KeyObject,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Buffer {
  const commonName = der(SEQUENCE, COMMON_NAME_ID, der(UTF8_STRING, Buffer.from(COMMON_NAME)));
  const name = der(SEQUENCE, der(SET, commonName));
  const names = der(SEQUENCE, der(NAMED_DNS, Buffer.from(DNS_NAME)));
  const extension = der(SEQUENCE, SUBJECT_ALT_NAME_ID, der(OCTET_STRING, names));
  return der(
    SEQUENCE,
    der(VERSION_FIELD, der(INTEGER, Buffer.from([VERSION_3]))),
    // The first byte keeps the number positive and its encoding the shortest.
    der(INTEGER, Buffer.concat([Buffer.from([1]), randomBytes(SERIAL_BYTES)])),
    ECDSA_WITH_SHA256,
    name,
    der(SEQUENCE, timeOf(fromMs), timeOf(toMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(EXTENSIONS_FIELD, der(SEQUENCE, extension)),
  );
}

/** In the form for years up to 2049, of which two digits are written. */
function timeOf(timeMs: number): Buffer {
  const digits = new Date(timeMs)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '');
  return der(UTC_TIME, Buffer.from(digits.slice(2)));
}

function bits(bytes: Buffer): Buffer {
  return der(BIT_STRING, Buffer.from([0]), bytes);
}

function hex(tag: number, digits: string): Buffer {
  return der(tag, Buffer.from(digits, 'hex'));
}

/** Tag, length, contents. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const contents = Buffer.concat(parts);
  const { length } = contents;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), contents]);
  const size = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), contents]);
}

function pemOf(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

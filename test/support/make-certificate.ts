// Certificates for tests of TLS, made in the process: any names, any time of validity, either kind
// of key. They are self-signed; who signed is of no interest to a server.

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { contentKey, formatKey } from '#base/hash.ts';
import type { Certificate, TlsPlan } from '#plan/tls-plan.ts';

export interface KeyPair {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
}

/** As the plan has it. */
export function plannedCertificate(options: CertificateOptions): Certificate {
  const { certificate: chain, key } = makeCertificate(options);
  const name = formatKey(contentKey(chain + key));
  return { name, chain, key, algorithm: options.algorithm ?? 'ec', notAfterMs: 0 };
}

/** A plan in which these answer for these hosts, and the first for all others. */
export function tlsPlanOf(hosts: Readonly<Record<string, Certificate>>): TlsPlan {
  const entries = Object.entries(hosts).sort(([a], [b]) => (a < b ? -1 : 1));
  const certificates = new Map(entries.map(([, certificate]) => [certificate.name, certificate]));
  return {
    serverNames: entries.map(([host, { name }]) => ({ host, certificates: [name] })),
    certificates: [...certificates.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    fallback: Object.values(hosts)[0] ?? null,
    ticketSecret: '07'.repeat(32),
  };
}

export interface CertificateOptions {
  readonly names: readonly string[];
  readonly algorithm?: 'ec' | 'rsa';
  /** RSA only. */
  readonly bits?: number;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

const [SEQUENCE, SET, INTEGER, BIT_STRING, OCTET_STRING] = [0x30, 0x31, 0x02, 0x03, 0x04];
const [NULL, OBJECT_ID, UTF8_STRING, GENERALIZED_TIME] = [0x05, 0x06, 0x0c, 0x18];
const [DNS_NAME, VERSION_FIELD, EXTENSIONS_FIELD] = [0x82, 0xa0, 0xa3];

const SIGNATURES = {
  ec: der(SEQUENCE, hex(OBJECT_ID, '2a8648ce3d040302')),
  rsa: der(SEQUENCE, hex(OBJECT_ID, '2a864886f70d01010b'), der(NULL)),
};
const COMMON_NAME = hex(OBJECT_ID, '550403');
const SUBJECT_ALT_NAME = hex(OBJECT_ID, '551d11');

let serial = 0;

export function makeCertificate({
  names,
  algorithm = 'ec',
  bits = 2_048,
  notBefore = new Date(Date.UTC(2020, 0, 1)),
  notAfter = new Date(Date.UTC(2099, 0, 1)),
}: CertificateOptions): KeyPair {
  const { publicKey, privateKey } =
    algorithm === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: bits });
  const body = bodyOf(publicKey, names, [algorithm, notBefore, notAfter]);
  const signature = der(BIT_STRING, Buffer.from([0]), sign('sha256', body, privateKey));
  const text = der(SEQUENCE, body, SIGNATURES[algorithm], signature).toString('base64');
  const lines = (text.match(/.{1,64}/g) ?? []).join('\n');
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function bodyOf(
  publicKey: KeyObject,
  names: readonly string[],
  [algorithm, notBefore, notAfter]: readonly ['ec' | 'rsa', Date, Date],
): Buffer {
  serial += 1;
  const commonName = der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from('test')));
  const name = der(SEQUENCE, der(SET, commonName));
  const alternatives = der(SEQUENCE, ...names.map((one) => der(DNS_NAME, Buffer.from(one))));
  const extension = der(SEQUENCE, SUBJECT_ALT_NAME, der(OCTET_STRING, alternatives));
  return der(
    SEQUENCE,
    der(VERSION_FIELD, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, Buffer.from([1, serial >> 8, serial & 0xff])),
    SIGNATURES[algorithm],
    name,
    der(SEQUENCE, timeOf(notBefore), timeOf(notAfter)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(names.length === 0 ? [] : [der(EXTENSIONS_FIELD, der(SEQUENCE, extension))]),
  );
}

function timeOf(date: Date): Buffer {
  const digits = date.toISOString().replace(/\.\d+Z$/, 'Z');
  return der(GENERALIZED_TIME, Buffer.from(digits.replace(/[-:T]/g, '')));
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

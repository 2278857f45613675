// Certificates for tests of TLS, made in the process: any names, any time of validity, either kind
// of key. They are self-signed; who signed is of no interest to a server.

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { bitString, certificatePem, der, objectId, Tag } from '#base/der.ts';
import { contentKey, formatKey } from '#base/hash.ts';
import { sortedList } from '#base/sorted-list.ts';
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
    serverNames: sortedList(entries.map(([host, { name }]) => ({ host, certificates: [name] }))),
    certificates: sortedList([...certificates.values()].sort((a, b) => (a.name < b.name ? -1 : 1))),
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

const [DNS_NAME, VERSION_FIELD, EXTENSIONS_FIELD] = [0x82, 0xa0, 0xa3];

const SIGNATURES = {
  ec: der(Tag.sequence, objectId('2a8648ce3d040302')),
  rsa: der(Tag.sequence, objectId('2a864886f70d01010b'), der(Tag.null)),
};
const COMMON_NAME = objectId('550403');
const SUBJECT_ALT_NAME = objectId('551d11');

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
  const signature = bitString(sign('sha256', body, privateKey));
  return {
    certificate: certificatePem(der(Tag.sequence, body, SIGNATURES[algorithm], signature)),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function bodyOf(
  publicKey: KeyObject,
  names: readonly string[],
  [algorithm, notBefore, notAfter]: readonly ['ec' | 'rsa', Date, Date],
): Buffer {
  serial += 1;
  const commonName = der(Tag.sequence, COMMON_NAME, der(Tag.utf8String, Buffer.from('test')));
  const name = der(Tag.sequence, der(Tag.set, commonName));
  const alternatives = der(Tag.sequence, ...names.map((one) => der(DNS_NAME, Buffer.from(one))));
  const extension = der(Tag.sequence, SUBJECT_ALT_NAME, der(Tag.octetString, alternatives));
  return der(
    Tag.sequence,
    der(VERSION_FIELD, der(Tag.integer, Buffer.from([2]))),
    der(Tag.integer, Buffer.from([1, serial >> 8, serial & 0xff])),
    SIGNATURES[algorithm],
    name,
    der(Tag.sequence, timeOf(notBefore), timeOf(notAfter)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(names.length === 0 ? [] : [der(EXTENSIONS_FIELD, der(Tag.sequence, extension))]),
  );
}

function timeOf(date: Date): Buffer {
  const digits = date.toISOString().replace(/\.\d+Z$/, 'Z');
  return der(Tag.generalizedTime, Buffer.from(digits.replace(/[-:T]/g, '')));
}

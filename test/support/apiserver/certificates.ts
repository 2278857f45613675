// Certificates for tests, made in the process: an authority, and what it signs for servers and
// clients. Source: RFC 5280; keys are P-256, signatures ECDSA with SHA-256.

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { bitString, certificatePem, der, objectId, Tag } from '#base/der.ts';

export interface Certificate {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
}

export interface Authority extends Certificate {
  /** `names` are DNS names and IPv4 addresses. */
  readonly issue: (subject: Subject, names?: readonly string[]) => Certificate;
}

export interface Subject {
  readonly commonName: string;
  readonly organization?: string;
}

const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;
const VERSION_FIELD = 0xa0;
const EXTENSIONS_FIELD = 0xa3;

const ECDSA_WITH_SHA256 = der(Tag.sequence, objectId('2a8648ce3d040302'));
const COMMON_NAME = '550403';
const ORGANIZATION = '55040a';
const SUBJECT_ALT_NAME = '551d11';
const BASIC_CONSTRAINTS = '551d13';
const IS_AUTHORITY = der(Tag.sequence, Buffer.from([0x01, 0x01, 0xff]));
const VERSION_3 = der(VERSION_FIELD, der(Tag.integer, Buffer.from([2])));
/** Whatever the clock of the machine says, within reason. */
const VALIDITY = der(
  Tag.sequence,
  der(Tag.generalizedTime, Buffer.from('20200101000000Z')),
  der(Tag.generalizedTime, Buffer.from('20991231235959Z')),
);

export function makeAuthority(commonName: string): Authority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = { name: nameOf({ commonName }), key: privateKey };
  let serial = 1;
  const extensions = [extension(BASIC_CONSTRAINTS, IS_AUTHORITY)];
  const own = signCertificate(issuer, { serial, subject: issuer.name, publicKey, extensions });
  return {
    certificate: own,
    key: pemOf(privateKey),
    issue(subject, names = []) {
      serial += 1;
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const alternatives = der(Tag.sequence, ...names.map(generalName));
      const certificate = signCertificate(issuer, {
        ...{ serial, subject: nameOf(subject), publicKey: pair.publicKey },
        extensions: names.length === 0 ? [] : [extension(SUBJECT_ALT_NAME, alternatives)],
      });
      return { certificate, key: pemOf(pair.privateKey) };
    },
  };
}

interface Contents {
  readonly serial: number;
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
}

function signCertificate(issuer: { name: Buffer; key: KeyObject }, contents: Contents): string {
  const { serial, subject, publicKey, extensions } = contents;
  const body = der(
    Tag.sequence,
    VERSION_3,
    der(Tag.integer, Buffer.from([1, serial >> 8, serial & 0xff])),
    ECDSA_WITH_SHA256,
    issuer.name,
    VALIDITY,
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length === 0 ? [] : [der(EXTENSIONS_FIELD, der(Tag.sequence, ...extensions))]),
  );
  const signature = bitString(sign('sha256', body, issuer.key));
  return certificatePem(der(Tag.sequence, body, ECDSA_WITH_SHA256, signature));
}

function nameOf({ commonName, organization }: Subject): Buffer {
  const part = (id: string, text: string) =>
    der(Tag.set, der(Tag.sequence, objectId(id), der(Tag.utf8String, Buffer.from(text))));
  const first = organization === undefined ? [] : [part(ORGANIZATION, organization)];
  return der(Tag.sequence, ...first, part(COMMON_NAME, commonName));
}

function generalName(name: string): Buffer {
  if (isIPv4(name)) return der(IP_ADDRESS, Buffer.from(name.split('.').map(Number)));
  return der(DNS_NAME, Buffer.from(name));
}

function extension(id: string, value: Buffer): Buffer {
  return der(Tag.sequence, objectId(id), der(Tag.octetString, value));
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

// Reads the certificate that a Secret holds: whether chain and key can be used at all, for which
// names, and how long. Whether that suits anybody at this moment is not decided here. Nothing of a
// key gets into a message, and neither do the words of OpenSSL, which may quote it.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { decodeText } from '#base/bytes.ts';
import { contentKey, formatKey } from '#base/hash.ts';
import { limits } from '#base/limits.ts';
import { quote } from '#base/quote.ts';
import type { Secret } from '#kubernetes/resources.ts';
import type { Certificate } from '#plan/tls-plan.ts';
import { keyMatch } from './key-match.ts';
import { type PemBlock, pemBlocks } from './pem-blocks.ts';

/** A certificate that can be used, though perhaps not at this time. */
export interface ServerCertificate extends Certificate {
  readonly notBeforeMs: number;
  /** The DNS names of its extension, lower-case; a common name counts for nothing (RFC 9525 2). */
  readonly names: ReadonlySet<string>;
}

export type ReadCertificate =
  | { readonly ok: true; readonly value: ServerCertificate }
  /** `mistake` follows the name of the Secret. */
  | { readonly ok: false; readonly reason: string; readonly mistake: string };

const TLS_TYPE = 'kubernetes.io/tls';
const CHAIN = 'tls.crt';
const KEY = 'tls.key';
const CERTIFICATE_LABEL = 'CERTIFICATE';
const KEY_LABEL = /^(?:EC |RSA )?PRIVATE KEY$/;
/** Below that OpenSSL refuses a key, and so do browsers (NIST SP 800-57, 112 bits). */
const RSA_BITS_MIN = 2_048;
const ALGORITHMS: ReadonlySet<string> = new Set(['ec', 'rsa', 'ed25519']);
const CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);
const DNS_PREFIX = 'DNS:';

export function readServerCertificate(secret: Secret): ReadCertificate {
  const { type, values } = secret;
  if (type !== TLS_TYPE) {
    const mistake = `is of type ${quote(type)} and has to be made anew as ${quote(TLS_TYPE)}`;
    return refused('InvalidSecret', mistake);
  }
  for (const key of [CHAIN, KEY]) {
    if ((values.get(key)?.length ?? 0) === 0) {
      return refused('InvalidSecret', `has no ${quote(key)}`);
    }
  }
  const chain = readChain(textOf(secret, CHAIN));
  if (chain === null) {
    return refused('InvalidCertificate', `holds no certificate or chain in PEM as ${quote(CHAIN)}`);
  }
  if (!hasTimes(chain.leaf)) {
    return refused(
      'InvalidCertificate',
      'holds a certificate of whose validity nothing can be read',
    );
  }
  const key = keyBlock(textOf(secret, KEY));
  if (typeof key === 'string')
    return refused('InvalidCertificate', `has a ${quote(KEY)} that ${key}`);
  const algorithm = keyMatch(chain.bytes, key.bytes);
  if (algorithm !== null) return { ok: true, value: certificateOf(chain, key, algorithm) };
  const read = readKey(key);
  if (typeof read === 'string')
    return refused('InvalidCertificate', `has a ${quote(KEY)} that ${read}`);
  if (!chain.leaf.checkPrivateKey(read)) {
    return refused(
      'KeyMismatch',
      `has a ${quote(KEY)} that is not the key of the first certificate in ${quote(CHAIN)}`,
    );
  }
  return { ok: true, value: certificateOf(chain, key, read.asymmetricKeyType ?? '') };
}

interface Chain {
  readonly leaf: X509Certificate;
  /** Of the leaf. */
  readonly bytes: Buffer;
  readonly text: string;
}

interface KeyBlock {
  readonly text: string;
  readonly bytes: Buffer;
}

function certificateOf({ leaf, text }: Chain, key: KeyBlock, algorithm: string): ServerCertificate {
  return {
    name: formatKey(contentKey(text + key.text)),
    chain: text,
    key: key.text,
    algorithm,
    notBeforeMs: Date.parse(leaf.validFrom),
    notAfterMs: Date.parse(leaf.validTo),
    names: dnsNames(leaf),
  };
}

function readChain(text: string): Chain | null {
  const blocks = pemBlocks(text).filter(({ label }) => label === CERTIFICATE_LABEL);
  const certificates = blocks.map(parseCertificate);
  const [leaf = null] = certificates;
  const bytes = blocks[0]?.bytes ?? null;
  if (leaf === null || bytes === null || certificates.includes(null)) return null;
  return { leaf, bytes, text: blocks.map((block) => block.text).join('') };
}

function parseCertificate({ bytes }: PemBlock): X509Certificate | null {
  try {
    // From DER it takes half as long as from PEM.
    return bytes === null ? null : new X509Certificate(bytes);
  } catch {
    return null;
  }
}

/**
 * OpenSSL takes any bytes for a time until it has to write it. Only the texts tell that it cannot:
 * as dates Node gives what its memory happened to hold.
 */
function hasTimes({ validFrom, validTo }: X509Certificate): boolean {
  return [validFrom, validTo].every((text) => Number.isFinite(Date.parse(text)));
}

/** Or what is wrong with it. Parameters of a curve may stand in front of the key. */
function keyBlock(text: string): KeyBlock | string {
  const block = pemBlocks(text).find(({ label }) => label.endsWith('PRIVATE KEY'));
  if (block === undefined) return 'is no private key in PEM';
  if (!KEY_LABEL.test(block.label))
    return 'is encrypted, which it may not be, or of a kind that is not known';
  return block.bytes === null ? UNREADABLE : { text: block.text, bytes: block.bytes };
}

const UNREADABLE = 'is no private key that can be read, or is encrypted, which it may not be';

/** By OpenSSL, which says what is wrong with it; or that. */
function readKey({ text }: KeyBlock): KeyObject | string {
  try {
    const key = createPrivateKey(text);
    return weaknessOf(key) ?? key;
  } catch {
    return UNREADABLE;
  }
}

function weaknessOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | null {
  const type = asymmetricKeyType ?? '';
  if (!ALGORITHMS.has(type)) return `is of type ${quote(type)}, which TLS does not use`;
  const { modulusLength = RSA_BITS_MIN, namedCurve = 'prime256v1' } = asymmetricKeyDetails ?? {};
  if (modulusLength < RSA_BITS_MIN) return `has fewer than ${RSA_BITS_MIN} bits`;
  if (modulusLength > limits.rsaKeyBitsMax) return `has more than ${limits.rsaKeyBitsMax} bits`;
  return CURVES.has(namedCurve) ? null : `is on the curve ${quote(namedCurve)}`;
}

/** Node quotes a name that could be taken for several, and such a one begins with no prefix. */
function dnsNames({ subjectAltName = '' }: X509Certificate): ReadonlySet<string> {
  const names = subjectAltName.split(', ').filter((name) => name.startsWith(DNS_PREFIX));
  return new Set(names.map((name) => name.slice(DNS_PREFIX.length).toLowerCase()));
}

function textOf({ values }: Secret, key: string): string {
  return decodeText(values.get(key) ?? new Uint8Array());
}

function refused(reason: string, mistake: string): ReadCertificate {
  return { ok: false, reason, mistake };
}

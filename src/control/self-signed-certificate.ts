// Makes the certificate that answers until somebody gives a better one: self-signed, for no name
// that anybody trusts, with a key that is known to this process alone (RFC 5280, RFC 5480).

import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { bitString, certificatePem, der, objectId, Tag } from '#base/der.ts';
import { contentKey, formatKey } from '#base/hash.ts';
import type { Certificate } from '#plan/tls-plan.ts';

const COMMON_NAME = 'Headgate self-signed';
const DNS_NAME = 'headgate.invalid';
/** A machine whose clock lags still takes it; nobody else should for long. */
const VALID_FROM_MS = -86_400_000;
const VALID_FOR_MS = 365 * 86_400_000;
const SERIAL_BYTES = 16;

const NAMED_DNS = 0x82;
const VERSION_FIELD = 0xa0;
const EXTENSIONS_FIELD = 0xa3;
const VERSION_3 = 2;

const ECDSA_WITH_SHA256 = der(Tag.sequence, objectId('2a8648ce3d040302'));
const COMMON_NAME_ID = objectId('550403');
const SUBJECT_ALT_NAME_ID = objectId('551d11');

/** Valid around `nowMs`, milliseconds since 1970. Each call makes another one. */
export function selfSignedCertificate(nowMs: number): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const notAfterMs = nowMs + VALID_FOR_MS;
  const body = certificateBody(publicKey, { fromMs: nowMs + VALID_FROM_MS, toMs: notAfterMs });
  const signature = sign('sha256', body, privateKey);
  const certificate = der(Tag.sequence, body, ECDSA_WITH_SHA256, bitString(signature));
  const chain = certificatePem(certificate);
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { name: formatKey(contentKey(chain + key)), chain, key, algorithm: 'ec', notAfterMs };
}

function certificateBody(
  publicKey: KeyObject,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Buffer {
  const commonName = der(
    Tag.sequence,
    COMMON_NAME_ID,
    der(Tag.utf8String, Buffer.from(COMMON_NAME)),
  );
  const name = der(Tag.sequence, der(Tag.set, commonName));
  const names = der(Tag.sequence, der(NAMED_DNS, Buffer.from(DNS_NAME)));
  const extension = der(Tag.sequence, SUBJECT_ALT_NAME_ID, der(Tag.octetString, names));
  return der(
    Tag.sequence,
    der(VERSION_FIELD, der(Tag.integer, Buffer.from([VERSION_3]))),
    // The first byte keeps the number positive and its encoding the shortest.
    der(Tag.integer, Buffer.concat([Buffer.from([1]), randomBytes(SERIAL_BYTES)])),
    ECDSA_WITH_SHA256,
    name,
    der(Tag.sequence, timeOf(fromMs), timeOf(toMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(EXTENSIONS_FIELD, der(Tag.sequence, extension)),
  );
}

/** In the form for years up to 2049, of which two digits are written. */
function timeOf(timeMs: number): Buffer {
  const digits = new Date(timeMs)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '');
  return der(Tag.utcTime, Buffer.from(digits.slice(2)));
}

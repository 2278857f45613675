// Server names and certificates of the plan -> the bytes of their records (snapshot/layout.ts),
// which hold at any place in memory.

import { assert } from '#base/assert.ts';
import { ByteWriter, encodeText } from '#base/bytes.ts';
import { hashHost, parseKey } from '#base/hash.ts';
import type { Certificate, ServerName } from '#plan/tls-plan.ts';
import {
  CERTIFICATE_BYTES,
  RECORD_ALIGNMENT,
  SERVER_NAME_BYTES,
  TICKET_SECRET_BYTES,
} from '#snapshot/layout.ts';
import { hostKey } from './compile-host.ts';

/** The name under which the fallback is recorded, which is in no table. */
const FALLBACK = '*';

export function compileServerName({ host, certificates }: ServerName, seed: number): Uint8Array {
  const key = encodeText(hostKey(host));
  const writer = new ByteWriter();
  writer.writeWord(0);
  writer.writeWord(hashHost(key, seed));
  writer.writeWord(key.length);
  writer.writeWord(certificates.length);
  assert(writer.size === SERVER_NAME_BYTES, 'a server name header has its size');
  writer.writeBytes(key);
  for (const name of certificates) writer.writeWords(parseKey(name));
  return sized(writer);
}

/** The record for names that nobody knows. */
export function compileFallback({ name }: Certificate, seed: number): Uint8Array {
  return compileServerName({ host: FALLBACK, certificates: [name] }, seed);
}

export function compileCertificate({ name, chain, key }: Certificate): Uint8Array {
  const writer = new ByteWriter();
  writer.writeWord(0);
  writer.writeWords(parseKey(name));
  assert(writer.size === CERTIFICATE_BYTES, 'a certificate header has its size');
  writer.writeText(chain);
  writer.writeText(key);
  return sized(writer);
}

/** `secret` is in hexadecimal digits. */
export function compileTicketSecret(secret: string): Uint8Array {
  const bytes = Uint8Array.fromHex(secret);
  assert(bytes.length === TICKET_SECRET_BYTES, 'a ticket secret has its size');
  return bytes;
}

function sized(writer: ByteWriter): Uint8Array {
  writer.pad(RECORD_ALIGNMENT);
  writer.patchWord(0, writer.size);
  return writer.toBytes();
}

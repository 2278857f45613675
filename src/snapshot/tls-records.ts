// Server name and certificate records -> objects, and the checks of both. A certificate is decoded
// when a worker first needs it, and nobody else looks at its key.

import { assert } from '#base/assert.ts';
import { ByteReader, decodeText } from '#base/bytes.ts';
import { contentKey, formatKey, hashHost } from '#base/hash.ts';
import { limits } from '#base/limits.ts';
import { CERTIFICATE_BYTES, KEY_WORDS, SERVER_NAME_BYTES } from './layout.ts';
import type { Memory } from './memory.ts';

export interface DecodedServerName {
  /** As in the plan; `*` for the fallback. */
  readonly host: string;
  /** Keys of certificates, four words each. */
  readonly certificates: readonly Uint32Array[];
}

export interface DecodedCertificate {
  readonly key: Uint32Array;
  /** PEM, the leaf first. */
  readonly chain: string;
  /** PEM. */
  readonly privateKey: string;
}

export function decodeServerName(memory: Memory, offset: number): DecodedServerName {
  return readServerName(recordReader(memory, offset)).name;
}

export function decodeCertificate(memory: Memory, offset: number): DecodedCertificate {
  const reader = recordReader(memory, offset);
  const size = reader.readWord();
  assert(size >= CERTIFICATE_BYTES, 'a certificate holds its header');
  const key = reader.readWords(KEY_WORDS);
  return { key, chain: reader.readText(), privateKey: reader.readText() };
}

/** Throws if the record is not what layout.ts says. */
export function verifyServerName(memory: Memory, offset: number, seed: number): void {
  const { name, hash, hostKey } = readServerName(recordReader(memory, offset));
  assert(hostKey.length > 0 && hostKey.length <= limits.hostBytesMax, 'a name has a valid size');
  assert(hash === hashHost(hostKey, seed) >>> 0, 'a server name has the hash of its key');
  assert(name.certificates.length > 0, 'a server name has a certificate');
}

/** Throws likewise. */
export function verifyCertificate(memory: Memory, offset: number): void {
  const { key, chain, privateKey } = decodeCertificate(memory, offset);
  const expected = contentKey(chain + privateKey);
  assert(formatKey(key) === formatKey(expected), 'the key of a certificate is that of its texts');
}

function readServerName(reader: ByteReader) {
  const size = reader.readWord();
  assert(size >= SERVER_NAME_BYTES, 'a server name holds its header');
  const [hash = 0, hostSize = 0, count = 0] = reader.readWords(3);
  const hostKey = reader.readBytes(hostSize);
  const certificates: Uint32Array[] = [];
  for (let index = 0; index < count; index += 1) certificates.push(reader.readWords(KEY_WORDS));
  const text = decodeText(hostKey);
  const host = text.startsWith('.') ? `*${text}` : text;
  return { name: { host, certificates }, hash, hostKey };
}

/** A reader over the record at `offset`, as far as its own size says. */
function recordReader(memory: Memory, offset: number): ByteReader {
  const size = (memory.words[offset >> 2] as number) >>> 0;
  return new ByteReader(memory.bytes, { start: offset, end: offset + size });
}

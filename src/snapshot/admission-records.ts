// What a virtual host asks of the connections over TLS that come for it: records of its section ->
// objects, and their check. They are decoded when a connection first meets them.

import { assert } from '#base/assert.ts';
import { ByteReader } from '#base/bytes.ts';
import { contentKey, formatKey } from '#base/hash.ts';
import { CLIENT_RULES, KEY_WORDS, SECTION, WORD_BYTES } from './layout.ts';
import type { Memory } from './memory.ts';

export interface DecodedClientRules {
  /** Tells rules apart, as 32 hexadecimal digits. */
  readonly key: string;
  readonly mode: 'optional' | 'required';
  /** PEM; empty for nobody. */
  readonly authorities: string;
}

export interface DecodedPassthrough {
  /** Four words, as `SnapshotView.findUpstream` takes them. */
  readonly upstreamKey: Uint32Array;
  readonly upstream: string;
}

/** Equal for equal rules, and no others. */
export function clientRulesKey(rules: Omit<DecodedClientRules, 'key'>): Uint32Array {
  return contentKey(`${rules.mode}\n${rules.authorities}`);
}

/** The rules of the section that lies at `section`; null if it has none. */
export function decodeClientRules(memory: Memory, section: number): DecodedClientRules | null {
  const reader = readerAt(memory, section, SECTION.clientRules);
  return reader === null ? null : readClientRules(reader);
}

/** Where the section that lies at `section` passes connections through to; null if nowhere. */
export function decodePassthrough(memory: Memory, section: number): DecodedPassthrough | null {
  const reader = readerAt(memory, section, SECTION.passthrough);
  return reader === null ? null : readPassthrough(reader);
}

/**
 * Throws unless the parts of a section follow one another from `start`, an offset in it. Comes back
 * with their end.
 */
export function verifyAdmission(memory: Memory, section: number, start: number): number {
  let end = start;
  const rules = readerAt(memory, section, SECTION.clientRules);
  if (rules !== null) {
    assert(rules.offset === section + end, 'client rules follow what comes before');
    const decoded = readClientRules(rules);
    const expected = formatKey(clientRulesKey(decoded));
    assert(decoded.key === expected, 'the key of client rules is that of their parts');
    end = rules.offset - section;
  }
  const passthrough = readerAt(memory, section, SECTION.passthrough);
  if (passthrough === null) return end;
  assert(passthrough.offset === section + end, 'a passthrough follows what comes before');
  const { upstreamKey, upstream } = readPassthrough(passthrough);
  const expected = formatKey(contentKey(upstream));
  assert(formatKey(upstreamKey) === expected, 'the key of a passthrough is that of its upstream');
  return passthrough.offset - section;
}

function readClientRules(reader: ByteReader): DecodedClientRules {
  const mode = reader.readWord();
  const isRequired = mode === CLIENT_RULES.required;
  assert(isRequired || mode === CLIENT_RULES.optional, 'client rules have a known mode');
  const key = formatKey(reader.readWords(KEY_WORDS));
  return { mode: isRequired ? 'required' : 'optional', key, authorities: reader.readText() };
}

function readPassthrough(reader: ByteReader): DecodedPassthrough {
  return { upstreamKey: reader.readWords(KEY_WORDS), upstream: reader.readText() };
}

/** Over what begins where a word of the section says, and ends with the section. */
function readerAt(memory: Memory, section: number, word: number): ByteReader | null {
  const at = section / WORD_BYTES;
  const start = (memory.words[at + word] as number) >>> 0;
  if (start === 0) return null;
  const size = (memory.words[at + SECTION.size] as number) >>> 0;
  return new ByteReader(memory.bytes, { start: section + start, end: section + size });
}

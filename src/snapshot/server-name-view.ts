// Reads the TLS part of a snapshot on behalf of a worker: which certificates answer for a server
// name. It is asked once for each handshake, and trusts the snapshot, which was verified.

import { encodeText } from '#base/bytes.ts';
import { hashHost } from '#base/hash.ts';
import { limits } from '#base/limits.ts';
import {
  CERTIFICATE,
  PAGE,
  PAGE_WORDS,
  ROOT,
  SERVER_NAME,
  SERVER_NAME_BYTES,
  SLOT,
  SLOT_WORDS,
  TICKET_SECRET_BYTES,
} from './layout.ts';
import { type Memory, mapMemory } from './memory.ts';

/** The words of a root that name a table. */
interface TableWords {
  readonly table: number;
  readonly shift: number;
}

const NAMES: TableWords = { table: ROOT.serverNameTable, shift: ROOT.serverNameShift };
const CERTIFICATES: TableWords = { table: ROOT.certificateTable, shift: ROOT.certificateShift };

export class ServerNameView {
  readonly memory: Memory;
  #root = 0;

  constructor(memory: SharedArrayBuffer) {
    this.memory = mapMemory(memory);
  }

  /** Reads from the snapshot with this root from here on. */
  adopt(root: number): void {
    this.#root = root;
  }

  /**
   * The record for a name: its own, that of the wildcard above it, or the fallback; 0 if there is
   * none. Case and a trailing dot do not matter (RFC 6066 3); the empty name is that of a client
   * which names nobody.
   */
  find(serverName: string): number {
    if (this.#root === 0) return 0;
    const lowerCase = serverName.toLowerCase();
    const name = lowerCase.endsWith('.') ? lowerCase.slice(0, -1) : lowerCase;
    const own = this.#findName(name);
    if (own !== 0) return own;
    const dot = name.indexOf('.');
    const wildcard = dot > 0 ? this.#findName(name.slice(dot)) : 0;
    return wildcard === 0 ? this.#rootWord(ROOT.fallbackName) : wildcard;
  }

  /** The certificate record with this key (four words), or 0. */
  findCertificate(key: Uint32Array): number {
    return this.#probe(CERTIFICATES, key[0] as number, (record) => {
      const at = (record >> 2) + CERTIFICATE.key;
      return key.every((word, index) => this.memory.words[at + index]! >>> 0 === word);
    });
  }

  /** A copy of what the keys of session tickets are derived from; null if there is nothing. */
  ticketSecret(): Uint8Array | null {
    const offset = this.#root === 0 ? 0 : this.#rootWord(ROOT.ticketSecret);
    return offset === 0 ? null : this.memory.bytes.slice(offset, offset + TICKET_SECRET_BYTES);
  }

  #findName(name: string): number {
    const bytes = encodeText(name);
    // A key that begins with a dot is a wildcard's; `*` is the fallback's, and no name.
    if (bytes.length === 0 || bytes.length > limits.hostBytesMax) return 0;
    const hash = hashHost(bytes, this.#rootWord(ROOT.seed)) >>> 0;
    return this.#probe(NAMES, hash, (record) => {
      const size = this.memory.words[(record >> 2) + SERVER_NAME.hostSize];
      const start = record + SERVER_NAME_BYTES;
      return (
        size === bytes.length &&
        bytes.every((byte, index) => this.memory.bytes[start + index] === byte)
      );
    });
  }

  #probe({ table, shift }: TableWords, hash: number, fits: (record: number) => boolean): number {
    const { words } = this.memory;
    const directory = this.#rootWord(table) >> 2;
    const page = directory + (hash >>> this.#rootWord(shift)) * PAGE_WORDS;
    const slots = (words[page + PAGE.offset] as number) >> 2;
    const mask = words[page + PAGE.mask] as number;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const at = slots + slot * SLOT_WORDS;
      const record = words[at + SLOT.offset] as number;
      if (record === 0) return 0;
      if (words[at + SLOT.hash]! >>> 0 === hash && fits(record)) return record;
    }
  }

  #rootWord(index: number): number {
    return this.memory.words[(this.#root >> 2) + index] as number;
  }
}

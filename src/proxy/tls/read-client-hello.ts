// Reads what a client asks for before anything is agreed on: the server name of its ClientHello,
// and the tickets it brings (RFC 8446 4.1.2 and 4.2.11, RFC 6066 3, RFC 5077 3.2). Pure and strict:
// what TLS does not define is no hello, and is left to TLS to refuse. It never reads past the bytes
// it is given.
//
//   body       │ version 2 │ random 32 │ session id 1+n │ ciphers 2+n │ compression 1+n │ extensions │
//   extensions │ size 2 │ type 2 │ size 2 │ ... │ type 2 │ size 2 │ ...

import { ByteCursor } from './byte-cursor.ts';
import { TICKET_KEY_NAME_BYTES } from './ticket-keys.ts';

export interface ClientHello {
  /** Lower-case and without a trailing dot; empty if the client names nobody. */
  readonly serverName: string;
  /** The names of the keys that its tickets were sealed with, in hexadecimal digits. */
  readonly ticketKeys: readonly string[];
}

const HANDSHAKE = 22;
const MAJOR_VERSION = 3;
const CLIENT_HELLO = 1;
const MESSAGE_HEADER_BYTES = 4;
const RANDOM_BYTES = 32;
const SESSION_ID_BYTES_MAX = 32;
/** Of a message in one record (RFC 8446 5.1). */
const FRAGMENT_BYTES_MAX = 16_384;
const SERVER_NAME = 0;
const HOST_NAME = 0;
const SESSION_TICKET = 35;
const PRE_SHARED_KEY = 41;
const TICKET_AGE_BYTES = 4;

/** Null unless `bytes` begin with a whole ClientHello, in one record or several. */
export function readClientHello(bytes: Uint8Array): ClientHello | null {
  const body = messageBody(bytes);
  if (body === null) return null;
  const cursor = new ByteCursor(body);
  const version = cursor.number(2);
  cursor.bytes(RANDOM_BYTES);
  const sessionId = cursor.vector(1);
  const ciphers = cursor.vector(2);
  const compression = cursor.vector(1);
  if (cursor.hasFailed || version >> 8 !== MAJOR_VERSION) return null;
  if (sessionId.length > SESSION_ID_BYTES_MAX || compression.length === 0) return null;
  if (ciphers.length === 0 || ciphers.length % 2 === 1) return null;
  // TLS 1.2 may do without extensions, and then without their size.
  return cursor.isAtEnd ? { serverName: '', ticketKeys: [] } : readExtensions(cursor);
}

/** The first message without its header, put together from its records. */
function messageBody(bytes: Uint8Array): Uint8Array | null {
  const records = new ByteCursor(bytes);
  const message = Buffer.alloc(bytes.length);
  let size = 0;
  let needed = MESSAGE_HEADER_BYTES;
  while (size < needed) {
    const isHandshake = records.number(1) === HANDSHAKE;
    const version = records.number(2);
    const fragment = records.vector(2);
    if (!isHandshake || version >> 8 !== MAJOR_VERSION) return null;
    if (fragment.length === 0 || fragment.length > FRAGMENT_BYTES_MAX) return null;
    message.set(fragment, size);
    size += fragment.length;
    if (message[0] !== CLIENT_HELLO) return null;
    if (size >= MESSAGE_HEADER_BYTES) needed = MESSAGE_HEADER_BYTES + message.readUIntBE(1, 3);
  }
  return message.subarray(MESSAGE_HEADER_BYTES, needed);
}

function readExtensions(body: ByteCursor): ClientHello | null {
  const extensions = new ByteCursor(body.vector(2));
  if (!body.isAtEnd) return null;
  const types = new Set<number>();
  const tickets: Uint8Array[] = [];
  let serverName: string | null = '';
  while (!extensions.isAtEnd) {
    const type = extensions.number(2);
    const data = extensions.vector(2);
    // RFC 8446 4.2: not two of one type.
    if (extensions.hasFailed || types.has(type)) return null;
    types.add(type);
    if (type === SERVER_NAME) serverName = readServerName(new ByteCursor(data));
    else if (type === SESSION_TICKET) tickets.push(data);
    else if (type === PRE_SHARED_KEY) tickets.push(...readIdentities(new ByteCursor(data)));
  }
  if (body.hasFailed || serverName === null) return null;
  return { serverName, ticketKeys: keyNames(tickets) };
}

/** RFC 6066 3: names of other types than host names were never defined. */
function readServerName(extension: ByteCursor): string | null {
  const names = new ByteCursor(extension.vector(2));
  const type = names.number(1);
  const name = names.vector(2);
  const isWhole = !extension.hasFailed && extension.isAtEnd && !names.hasFailed && names.isAtEnd;
  if (!isWhole || type !== HOST_NAME || name.length === 0) return null;
  const text = asText(name).toLowerCase();
  return text.endsWith('.') ? text.slice(0, -1) : text;
}

/** The tickets of TLS 1.3; what comes behind them proves that the client knows their secrets. */
function readIdentities(extension: ByteCursor): readonly Uint8Array[] {
  const identities = new ByteCursor(extension.vector(2));
  const tickets: Uint8Array[] = [];
  while (!identities.isAtEnd) {
    tickets.push(identities.vector(2));
    identities.bytes(TICKET_AGE_BYTES);
  }
  return tickets;
}

/** A ticket begins with the name of its key (RFC 5077 4), if it is one of ours. */
function keyNames(tickets: readonly Uint8Array[]): readonly string[] {
  const names = tickets.map((ticket) => Buffer.from(ticket.subarray(0, TICKET_KEY_NAME_BYTES)));
  return names
    .filter(({ length }) => length === TICKET_KEY_NAME_BYTES)
    .map((name) => name.toString('hex'));
}

/** One character for each byte. */
function asText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

// Says when the first message of a TLS client has arrived whole, so that what it costs to answer is
// spent at once, in its turn, and a client that sends it byte by byte costs nothing until then.
// What the message says is for TLS itself to read.
//
//   record   │ 22 │ version │ size │ piece of the message ...│  record │ 22 │ ...
//   message                         │ 1 │ size (3 bytes) │ ...

import { limits } from '#base/limits.ts';

const RECORD_HEADER_BYTES = 5;
const MESSAGE_HEADER_BYTES = 4;
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;

/** False while bytes are missing. What is no ClientHello is whole, and TLS refuses it. */
export function isWholeClientHello(bytes: Uint8Array): boolean {
  if (bytes.length > limits.clientHelloBytesMax) return true;
  let needed = MESSAGE_HEADER_BYTES;
  let got = 0;
  for (let at = 0; ; ) {
    if (at < bytes.length && bytes[at] !== HANDSHAKE) return true;
    const start = at + RECORD_HEADER_BYTES;
    if (start > bytes.length) return false;
    const size = (bytes[at + 3]! << 8) | bytes[at + 4]!;
    if (size === 0) return true;
    if (at === 0) {
      // A header in pieces is nothing that a client has reason for.
      if (size < MESSAGE_HEADER_BYTES) return true;
      if (bytes.length < start + MESSAGE_HEADER_BYTES) return false;
      if (bytes[start] !== CLIENT_HELLO) return true;
      needed += (bytes[start + 1]! << 16) | (bytes[start + 2]! << 8) | bytes[start + 3]!;
      if (needed > limits.clientHelloBytesMax) return true;
    }
    got += size;
    at = start + size;
    if (got >= needed) return at <= bytes.length;
    if (at > limits.clientHelloBytesMax) return true;
  }
}

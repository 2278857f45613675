// The first bytes of TLS clients, for whoever reads them before TLS does: what real clients send,
// and messages made by hand.

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';

/** The ClientHello, with its record, that Node's own client begins with. */
export async function nodeHello(options: ConnectionOptions): Promise<Buffer> {
  await using server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const client = connect({ host: '127.0.0.1', port, ...options });
  client.on('error', () => {});
  const [socket] = (await once(server, 'connection')) as [Socket];
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  client.destroy();
  return bytes;
}

/** An extension of a ClientHello. */
export type Extension = readonly [type: number, data: Buffer];

export function serverNameExtension(name: string, type = 0): Extension {
  return [0, sized(2, Buffer.concat([Buffer.from([type]), sized(2, Buffer.from(name, 'latin1'))]))];
}

/** As TLS 1.2 has it; empty if a client asks for one. */
export function sessionTicketExtension(ticket: Buffer): Extension {
  return [35, ticket];
}

/** As TLS 1.3 has it, with a proof for each that proves nothing. */
export function preSharedKeyExtension(...tickets: readonly Buffer[]): Extension {
  const identities = tickets.map((ticket) => Buffer.concat([sized(2, ticket), Buffer.alloc(4)]));
  const binders = tickets.map(() => sized(1, Buffer.alloc(32)));
  return [
    41,
    Buffer.concat([sized(2, Buffer.concat(identities)), sized(2, Buffer.concat(binders))]),
  ];
}

/** A ClientHello of TLS 1.3 with these extensions, or of TLS 1.0 without the field. */
export function helloMessage(extensions: readonly Extension[] | null): Buffer {
  const body = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    sized(1, Buffer.alloc(32)),
    sized(2, Buffer.from([0x13, 0x01])),
    sized(1, Buffer.from([0])),
    ...(extensions === null ? [] : [sized(2, Buffer.concat(extensions.map(extensionBytes)))]),
  ]);
  return Buffer.concat([Buffer.from([1]), sized(3, body)]);
}

/** A message in records of so many bytes of it at most. */
export function inRecords(message: Buffer, fragmentBytes = 16_384): Buffer {
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += fragmentBytes) {
    records.push(Buffer.from([22, 3, 1]), sized(2, message.subarray(at, at + fragmentBytes)));
  }
  return Buffer.concat(records);
}

function extensionBytes([type, data]: Extension): Buffer {
  return Buffer.concat([Buffer.from([type >> 8, type & 0xff]), sized(2, data)]);
}

/** Behind a number of `prefixBytes` bytes that says how many there are. */
function sized(prefixBytes: number, bytes: Buffer): Buffer {
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUIntBE(bytes.length, 0, prefixBytes);
  return Buffer.concat([prefix, bytes]);
}

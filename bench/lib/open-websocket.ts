// Opens a WebSocket on a raw socket, plain or of TLS (RFC 6455 4.1).

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';

export interface WebSocketTarget {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly isSecure: boolean;
}

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
/** RFC 6455 1.3 works this one out. */
const ACCEPTED = /^HTTP\/1\.1 101 .*\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/is;
const OPEN_MAX_MS = 10_000;
const HEAD_END = '\r\n\r\n';

/** Rejects where the server does not take it, or says nothing for 10 s. */
export async function openWebSocket({ port, host, path, isSecure }: WebSocketTarget) {
  const address = { port, host: '127.0.0.1', noDelay: true };
  const socket: Socket = isSecure
    ? connectSecurely({ ...address, servername: host, rejectUnauthorized: false })
    : connect(address);
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\n` +
      `Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`,
  );
  const signal = AbortSignal.timeout(OPEN_MAX_MS);
  let head = '';
  while (!head.endsWith(HEAD_END)) {
    const [piece] = (await once(socket, 'data', { signal })) as [Buffer];
    head += piece.toString('latin1');
  }
  if (!ACCEPTED.test(head)) throw new Error(`no WebSocket: ${head.split('\r\n', 1)[0]}`);
  return socket;
}

// The handshake of a WebSocket over HTTP/1.1 (RFC 6455 4), which we make with the upstream for a
// client that asked by extended CONNECT and takes no part in it (RFC 8441 5).

import { createHash, randomBytes } from 'node:crypto';

/** RFC 6455 1.3. */
const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** RFC 6455 4.1: 16 random bytes. */
export function webSocketKey(): string {
  return randomBytes(16).toString('base64');
}

/** Whether the 101 of `head` answers this key: if not, it may come from an older connection. */
export function acceptsWebSocket(head: string, key: string): boolean {
  const answer = createHash('sha1')
    .update(key + MAGIC)
    .digest('base64');
  return /\r\nsec-websocket-accept:[ \t]*([\w+/=]+)[ \t]*\r\n/i.exec(head)?.[1] === answer;
}

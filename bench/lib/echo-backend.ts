// Entry of a WebSocket server on raw sockets: sends each message back. Any request that asks for no
// upgrade gets an empty 200. Argument: port.

import { createHash } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { readClientFrames, serverFrame } from './websocket-frames.ts';

const HEAD_END = '\r\n\r\n';
const KEY = /\r\nsec-websocket-key: *(\S+)\r\n/i;
/** RFC 6455 1.3. */
const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

function greet(socket: Socket, head: string): boolean {
  const key = KEY.exec(head)?.[1];
  if (key === undefined) {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    return false;
  }
  const accept = createHash('sha1')
    .update(key + ACCEPT_SUFFIX)
    .digest('base64');
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  return true;
}

const server = createServer({ noDelay: true }, (socket) => {
  let isOpen = false;
  let rest: Buffer = Buffer.alloc(0);
  const echo = (payload: Buffer) => {
    socket.write(serverFrame(payload));
  };
  socket.on('data', (arrived) => {
    const bytes =
      rest.length === 0 ? (arrived as Buffer) : Buffer.concat([rest, arrived as Buffer]);
    if (isOpen) {
      rest = readClientFrames(bytes, echo);
      return;
    }
    rest = bytes;
    const text = bytes.toString('latin1');
    if (!text.endsWith(HEAD_END)) return;
    rest = Buffer.alloc(0);
    isOpen = greet(socket, text);
  });
  socket.on('error', () => socket.destroy());
});
server.listen(Number(process.argv[2]), '127.0.0.1');

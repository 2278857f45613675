// Entry of a backend that costs next to nothing: one canned answer to each read that ends a head.
// Fit for a keep-alive load without bodies or pipelining only. Arguments: port, text of the body.

import { createServer } from 'node:net';

const [port, body = ''] = process.argv.slice(2);
const answer =
  `HTTP/1.1 200 OK\r\nServer: canned\r\nContent-Type: text/plain\r\n` +
  `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

const server = createServer({ noDelay: true }, (socket) => {
  socket.setEncoding('latin1');
  socket.on('data', (text) => {
    if (text.toString().endsWith('\r\n\r\n')) socket.write(answer);
  });
  socket.on('error', () => socket.destroy());
});
server.listen(Number(port), '127.0.0.1');

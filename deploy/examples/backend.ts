// One pod of the demo: a web server that tells who answered, and that echoes what comes over an
// upgraded connection. It ends with the demo that forked it.
// Arguments: service, pod, address, port.

import { createServer } from 'node:http';

const [service, pod, address, port] = process.argv.slice(2);

const server = createServer((request, response) => {
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.end(
    [
      `service  ${service}`,
      `pod      ${pod}, pid ${process.pid}, at ${address}:${port}`,
      `request  ${request.method} ${request.url}`,
      `host     ${request.headers.host}`,
      `client   ${request.headers['x-forwarded-for']}`,
      '',
    ].join('\n'),
  );
});
server.on('upgrade', ({ headers }, socket) => {
  socket.on('error', () => {});
  const fields = ['Connection: Upgrade', `Upgrade: ${headers.upgrade}`];
  socket.write(['HTTP/1.1 101 Switching Protocols', ...fields, '', ''].join('\r\n'));
  socket.pipe(socket);
});
server.on('error', ({ code }: NodeJS.ErrnoException) => {
  process.send?.({ failed: code }, () => process.exit(1));
});
server.listen({ host: address, port: Number(port) }, () => process.send?.({ listening: true }));
process.on('disconnect', () => process.exit(0));

// One pod of the demo: a web server that tells who answered. It ends with the demo that forked it.
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
server.on('error', ({ code }: NodeJS.ErrnoException) => {
  process.send?.({ failed: code }, () => process.exit(1));
});
server.listen({ host: address, port: Number(port) }, () => process.send?.({ listening: true }));
process.on('disconnect', () => process.exit(0));

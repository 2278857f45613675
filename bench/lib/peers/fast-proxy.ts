// Entry of the peer fast-proxy, over undici, its fast way. Arguments: port, backend port.

import { createServer } from 'node:http';
import fastProxy from 'fast-proxy';
import { forwardingFields } from './forwarding-fields.ts';

const UPSTREAM_CONNECTIONS_MAX = 256;
const [port, backendPort] = process.argv.slice(2).map(Number);

const { proxy } = fastProxy({
  base: `http://127.0.0.1:${backendPort}`,
  undici: { connections: UPSTREAM_CONNECTIONS_MAX, pipelining: 1 },
});
const server = createServer((request, response) => {
  proxy(request, response, request.url ?? '/', {
    rewriteRequestHeaders: (_, headers) => {
      const { connection, ...rest } = headers;
      return { ...rest, host: request.headers.host, ...forwardingFields(request) };
    },
  });
});
server.keepAliveTimeout = 0;
server.listen(port, '127.0.0.1');

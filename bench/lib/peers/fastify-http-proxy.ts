// Entry of the peer @fastify/http-proxy, over undici, its default. Arguments: port, backend port.

import httpProxy from '@fastify/http-proxy';
import { fastify } from 'fastify';
import { forwardingFields } from './forwarding-fields.ts';

const UPSTREAM_CONNECTIONS_MAX = 256;
const [port, backendPort] = process.argv.slice(2).map(Number);

const server = fastify({ keepAliveTimeout: 0 });
await server.register(httpProxy, {
  upstream: `http://127.0.0.1:${backendPort}`,
  undici: { connections: UPSTREAM_CONNECTIONS_MAX, pipelining: 1 },
  replyOptions: {
    rewriteRequestHeaders: (request, headers) => ({
      ...headers,
      host: request.headers.host,
      ...forwardingFields(request.raw),
    }),
  },
});
await server.listen({ port: port ?? 0, host: '127.0.0.1' });

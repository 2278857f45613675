// Entry of the peer http-proxy-3, over a keep-alive agent. Arguments: port, backend port.

import { Agent, createServer } from 'node:http';
import { createProxyServer } from 'http-proxy-3';
import { forwardingFields } from './forwarding-fields.ts';

const UPSTREAM_CONNECTIONS_MAX = 256;
const [port, backendPort] = process.argv.slice(2).map(Number);

const proxy = createProxyServer({
  target: `http://127.0.0.1:${backendPort}`,
  agent: new Agent({ keepAlive: true, maxSockets: UPSTREAM_CONNECTIONS_MAX }),
});
proxy.on('error', (error, request) => request.socket.destroy(error));
const server = createServer((request, response) => {
  Object.assign(request.headers, forwardingFields(request));
  proxy.web(request, response);
});
server.keepAliveTimeout = 0;
server.listen(port, '127.0.0.1');

// Server-sent events pass as they are written: a client sees each of them before the next is
// written, whatever is spoken on either side.

import { once } from 'node:events';
import { createServer, get, type ServerResponse } from 'node:http';
import { connect } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import type { Transport } from '#plan/endpoint-plan.ts';
import { startHttp2Backend } from '../support/http2-backend.ts';
import { startProxy } from '../support/proxy-fixture.ts';

const EVENTS = Array.from({ length: 100 }, (_, index) => `id: ${index}\ndata: tick\n\n`);
const TYPE = { 'content-type': 'text/event-stream' };
type Protocol = Transport['protocol'];

interface EventSource extends AsyncDisposable {
  readonly endpoint: { readonly address: string; readonly port: number };
  /** Into the one response, which begins at once and has no end. */
  readonly write: (event: string) => void;
}

async function startHttp1Source(): Promise<EventSource> {
  let response: ServerResponse | null = null;
  const server = createServer((_request, answer) => {
    answer.writeHead(200, TYPE).flushHeaders();
    response = answer;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: { address: '127.0.0.1', port: (server.address() as AddressInfo).port },
    write: (event) => response?.write(event),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function startHttp2Source(): Promise<EventSource> {
  let write = (_event: string): void => {};
  const backend = await startHttp2Backend((stream) => {
    stream.respond({ ':status': 200, ...TYPE });
    write = (event) => {
      stream.write(event);
    };
  });
  return {
    endpoint: backend.endpoint,
    write: (event) => write(event),
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  };
}

interface Listening extends Disposable {
  readonly events: Readable;
}

/** A client that asks for the events, and has the head of their response. */
async function listen(protocol: Protocol, port: number): Promise<Listening> {
  if (protocol === 'http/1.1') {
    const request = get({ port, host: '127.0.0.1', headers: { host: 'a.example' }, agent: false });
    const [events] = await once(request, 'response');
    request.on('error', () => {});
    events.on('error', () => {});
    return { events, [Symbol.dispose]: () => events.socket.resetAndDestroy() };
  }
  const session = connect(`http://127.0.0.1:${port}`);
  const events = session.request({ ':path': '/', ':authority': 'a.example' });
  events.on('error', () => {});
  await once(events, 'response');
  return { events, [Symbol.dispose]: () => session.destroy() };
}

// biome-ignore format: a table
it.each<[client: Protocol, backend: Protocol]>([
  ['http/1.1', 'http/1.1'],
  ['http/1.1', 'h2'],
  ['h2',       'http/1.1'],
  ['h2',       'h2'],
])('events reach a client of %s from a backend of %s one by one', async (client, backend) => {
  await using source = await (backend === 'h2' ? startHttp2Source() : startHttp1Source());
  const options = { h2c: true, transport: { protocol: backend, tls: null } };
  await using proxy = await startProxy({ 'a.example': [source.endpoint] }, options);
  using listening = await listen(client, proxy.port);
  const { events } = listening;
  events.setEncoding('utf8');
  for (const event of EVENTS) {
    const seen = once(events, 'data');
    source.write(event);
    expect((await seen)[0]).toBe(event);
  }
});

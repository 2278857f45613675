// The stage of one case of the byte suite: a client, the data plane with a clock that stands still,
// and an endpoint. Steps send raw bytes on one side and expect exact bytes on the other.

import { STATUS_CODES } from 'node:http';
import { expect } from 'vitest';
import { type ProxyFixture, type ProxyOptions, startProxy } from './proxy-fixture.ts';
import { type RawPeer, type RawServer, startRawServer } from './raw-peer.ts';

const DATE = 'Thu, 01 Jan 2026 00:00:00 GMT';
/** Stand in for what differs from run to run, with as many characters. */
const PORT = 'ppppp';
const REQUEST_ID = 'i'.repeat(32);

/** Something that is sent, or has to be seen, at this point of a case. */
export type Step = (stage: ByteStage) => Promise<void> | void;

export class ByteStage implements AsyncDisposable {
  readonly client: RawPeer;
  readonly server: RawServer;
  readonly #proxy: ProxyFixture;
  #upstream: RawPeer | null = null;

  private constructor(proxy: ProxyFixture, server: RawServer, client: RawPeer) {
    this.#proxy = proxy;
    this.server = server;
    this.client = client;
  }

  static async open(options: Partial<ProxyOptions>): Promise<ByteStage> {
    const server = await startRawServer();
    const proxy = await startProxy({ 'a.example': [server.endpoint] }, options);
    proxy.plane.date = DATE;
    return new ByteStage(proxy, server, await proxy.connect());
  }

  /** The upstream connection in use: the first that was made, or the one after `leaveUpstream`. */
  async upstream(): Promise<RawPeer> {
    this.#upstream ??= await this.server.accept();
    return this.#upstream;
  }

  /** From here on another upstream connection is meant. */
  leaveUpstream(): void {
    this.#upstream = null;
  }

  /** Takes what the upstream got, as many bytes as `expected` has. */
  async readUpstream(expected: string): Promise<string> {
    const text = await (await this.upstream()).read(this.withPort(expected).length);
    return text.replace(/(?<=X-Request-ID: )[0-9a-f]{32}(?=\r\n)/, REQUEST_ID);
  }

  /** `text` with the port on which the proxy listens. */
  withPort(text: string): string {
    return text.replaceAll(PORT, String(this.#proxy.port));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
    await this.#proxy[Symbol.asyncDispose]();
  }
}

/** A head: lines with their CRLFs, and the empty line. */
export function head(...lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n\r\n`;
}

export const HOST = 'Host: a.example';
export const GET = head('GET / HTTP/1.1', HOST);
export const OK = `${head('HTTP/1.1 200 OK', 'Date: then', 'Content-Length: 2')}ok`;

/** The lines that a forwarded request has from us, with the host and the client that it names. */
export function ours(
  host = 'a.example',
  { chain = '127.0.0.1', client = '127.0.0.1' } = {},
): string {
  return [
    `X-Forwarded-For: ${chain}`,
    `X-Real-IP: ${client}`,
    'X-Forwarded-Proto: http',
    `X-Forwarded-Port: ${PORT}`,
    `X-Forwarded-Host: ${host}`,
    `X-Request-ID: ${REQUEST_ID}`,
  ].join('\r\n');
}

/** An answer of our own, the last on its connection or not. */
export function reply(status: number, message: string, connection = 'Connection: close'): string {
  const reason = STATUS_CODES[status] ?? '';
  const content = `${status} ${reason}: ${message}\n`;
  const lines = [
    `HTTP/1.1 ${status} ${reason}`,
    `Date: ${DATE}`,
    'Server: headgate',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${content.length}`,
  ];
  return head(...lines, ...(connection === '' ? [] : [connection])) + content;
}

/** The field that stands in for a Date that the upstream did not send. */
export const OUR_DATE = `Date: ${DATE}`;

export function client(text: string): Step {
  return (stage) => stage.client.write(text);
}

export function upstream(text: string): Step {
  return async (stage) => (await stage.upstream()).write(text);
}

export function toClient(expected: string): Step {
  return async (stage) => expect(await stage.client.read(expected.length)).toBe(expected);
}

export function toUpstream(expected: string): Step {
  return async (stage) => expect(await stage.readUpstream(expected)).toBe(stage.withPort(expected));
}

export const clientEnds: Step = (stage) => {
  stage.client.socket.end();
};

export const upstreamEnds: Step = async (stage) => {
  (await stage.upstream()).socket.end();
};

/** The client sees the end of its connection, and nothing before. */
export const endsClient: Step = async (stage) => {
  expect(await stage.client.readToEnd()).toBe('');
  expect(stage.client.wasReset).toBe(false);
};

/** The client sees that what it has is not the whole. */
export const resetsClient: Step = async (stage) => {
  await stage.client.ended();
  expect(stage.client.wasReset).toBe(true);
};

/** The upstream connection ends, and what the upstream has of the request is no whole one. */
export const breaksUpstream: Step = async (stage) => {
  const text = await (await stage.upstream()).readToEnd();
  expect(text).not.toContain('\r\n0\r\n\r\n');
  expect(text).not.toContain('/smuggled');
};

export const endsUpstream: Step = async (stage) => {
  expect(await (await stage.upstream()).readToEnd()).toBe('');
  stage.leaveUpstream();
};

/** So many connections were made to the upstream so far. */
export function accepted(count: number): Step {
  return (stage) => expect(stage.server.accepted).toBe(count);
}

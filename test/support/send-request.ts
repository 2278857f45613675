// One request to a proxy on loopback, on a connection of its own, for any host.

import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Target {
  readonly port: number;
  readonly host: string;
  readonly path?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Rejects when the connection is refused or ends before the response does. */
export async function sendRequest({ port, host, path = '/' }: Target): Promise<Answer> {
  const sent = request({ host: '127.0.0.1', port, path, headers: { Host: host }, agent: false });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const body = await text(response);
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

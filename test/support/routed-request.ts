// A request as the data plane sees it: a real head, read by the real parser, with the ranges that
// a lookup takes.

import { normalHead } from '#proxy/http1/normal-head.ts';
import { RequestHead } from '#proxy/http1/request-head.ts';

export interface RoutedRequest {
  /** The whole head. */
  readonly text: string;
  readonly hostStart: number;
  readonly hostEnd: number;
  readonly pathStart: number;
  readonly pathEnd: number;
  /** Without port and trailing dot; empty if the request has none. */
  readonly host: string;
  /** Without the query. */
  readonly path: string;
}

/**
 * `url` has no scheme; without a path it means `/`, as in RFC 9110 4.2.3. Without a host it is a
 * request of HTTP/1.0, because HTTP/1.1 wants one. Throws if the head is refused.
 */
export function routedRequest(method: string, url: string): RoutedRequest {
  const [, authority = '', path = '', query = ''] = /^([^/?]*)([^?]*)(.*)$/.exec(url) ?? [];
  const version = authority === '' ? 'HTTP/1.0' : 'HTTP/1.1';
  const host = authority === '' ? '' : `Host: ${authority}\r\n`;
  const written = `${method} ${path || '/'}${query} ${version}\r\nUser-Agent: test\r\n${host}`;
  const head = new RequestHead();
  const bytes = Buffer.from(written, 'latin1');
  const refusal = head.read(bytes, written, 0, written.length);
  if (refusal !== null) throw new Error(`${url}: refused: ${JSON.stringify(refusal)}`);
  const normal = normalHead(head, { bytes, text: written, start: 0, end: written.length });
  if (normal === null) throw new Error(`${url}: refused: its percent-encoding is invalid`);
  const { text } = normal;
  const { hostStart, hostEnd, pathStart, pathEnd } = head;
  return {
    text,
    hostStart,
    hostEnd,
    pathStart,
    pathEnd,
    host: text.slice(hostStart, hostEnd),
    path: text.slice(pathStart, pathEnd),
  };
}

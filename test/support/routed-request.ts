// A request as the data plane sees it: a real head, read by the real parser, with the ranges that
// a lookup takes.

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
  const text = `${method} ${path || '/'}${query} ${version}\r\nUser-Agent: test\r\n${host}`;
  const head = new RequestHead();
  const refusal = head.read(Buffer.from(`${text}\r\n`, 'latin1'), text, 0, text.length);
  if (refusal !== null) throw new Error(`${url}: refused: ${JSON.stringify(refusal)}`);
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

// The fields every proxy in the bench adds, for the Node peers. nginx and HAProxy say the same in
// their own configuration.

import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What Node's HTTP/1.1 and HTTP/2 requests have in common, as far as it is needed. */
interface AnyRequest {
  readonly headers: IncomingHttpHeaders;
  readonly socket: {
    readonly remoteAddress?: string | undefined;
    readonly localPort?: number | undefined;
  };
}

export function forwardingFields(request: AnyRequest): IncomingHttpHeaders {
  const address = request.socket.remoteAddress ?? '';
  return {
    'x-forwarded-for': address,
    'x-forwarded-proto': 'http',
    'x-forwarded-host': request.headers.host ?? '',
    'x-forwarded-port': String(request.socket.localPort),
    'x-real-ip': address,
    'x-request-id': randomUUID(),
  };
}

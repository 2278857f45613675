// The names of upstreams, `namespace/service:port`: how one is made and how it is read back.

import type { ServicePortRef } from '#base/service-port-ref.ts';
export function upstreamName({ namespace, service, port }: ServicePortRef): string {
  return `${namespace}/${service}:${port}`;
}

/**
 * Null for the name of a backend that is no Service. A port of digits alone is a number: the
 * Kubernetes API wants a letter in the name of a port, and no colon in it.
 */
export function parseUpstreamName(name: string): ServicePortRef | null {
  const slash = name.indexOf('/');
  const colon = name.lastIndexOf(':');
  if (slash < 0 || colon < slash) return null;
  const port = name.slice(colon + 1);
  return {
    namespace: name.slice(0, slash),
    service: name.slice(slash + 1, colon),
    port: /^[0-9]+$/.test(port) ? Number(port) : port,
  };
}

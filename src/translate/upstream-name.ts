// The names of upstreams, `namespace/service:port`, or `namespace/service:port@ingress` where an
// Ingress has its own way to speak to the port: how one is made and how it is read back.

import type { ServicePortRef } from '#base/service-port-ref.ts';

export interface UpstreamRef extends ServicePortRef {
  /** The name of the Ingress, which is in the namespace too; null for what the Service says. */
  readonly ingress: string | null;
}

export function upstreamName(ref: ServicePortRef, ingress: string | null = null): string {
  const name = `${ref.namespace}/${ref.service}:${ref.port}`;
  return ingress === null ? name : `${name}@${ingress}`;
}

/**
 * Null for the name of a backend that is no Service. A port of digits alone is a number: the
 * Kubernetes API wants a letter in the name of a port, and no colon or at sign in it.
 */
export function parseUpstreamName(name: string): UpstreamRef | null {
  const slash = name.indexOf('/');
  const colon = name.lastIndexOf(':');
  if (slash < 0 || colon < slash) return null;
  const at = name.indexOf('@', colon);
  const port = name.slice(colon + 1, at < 0 ? name.length : at);
  return {
    namespace: name.slice(0, slash),
    service: name.slice(slash + 1, colon),
    port: /^[0-9]+$/.test(port) ? Number(port) : port,
    ingress: at < 0 ? null : name.slice(at + 1),
  };
}

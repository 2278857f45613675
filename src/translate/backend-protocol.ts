// The protocols that a backend may speak, in the words of ingress-nginx, whose users know them.

import type { Transport } from '#plan/endpoint-plan.ts';

export type BackendProtocol = 'HTTP' | 'HTTPS' | 'H2C' | 'GRPC' | 'GRPCS';

export interface WireProtocol {
  readonly protocol: Transport['protocol'];
  readonly isSecure: boolean;
}

/** gRPC is HTTP/2 to a proxy; calls are told by their content type. */
export const WIRE_PROTOCOLS: Readonly<Record<BackendProtocol, WireProtocol>> = {
  HTTP: { protocol: 'http/1.1', isSecure: false },
  HTTPS: { protocol: 'http/1.1', isSecure: true },
  H2C: { protocol: 'h2', isSecure: false },
  GRPC: { protocol: 'h2', isSecure: false },
  GRPCS: { protocol: 'h2', isSecure: true },
};

/** In any case of letters; null if it is none. */
export function parseBackendProtocol(text: string): BackendProtocol | null {
  const name = text.trim().toUpperCase();
  return Object.hasOwn(WIRE_PROTOCOLS, name) ? (name as BackendProtocol) : null;
}

// Kubernetes objects for the bench, as YAML text.

import type { KeyPair } from '../../test/support/make-certificate.ts';

export const NAMESPACE = 'bench';

export interface IngressText {
  readonly name: string;
  readonly host: string;
  readonly service: string;
  /** Of the host's certificate; left out, the host has none. */
  readonly secret?: string;
}

export function ingressManifest({ name, host, service, secret }: IngressText): string {
  const tls = secret === undefined ? '' : `  tls: [{ hosts: [${host}], secretName: ${secret} }]\n`;
  return `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { namespace: ${NAMESPACE}, name: ${name} }
spec:
  rules:
    - host: ${host}
      http:
        paths:
          - path: /
            pathType: Prefix
            backend: { service: { name: ${service}, port: { number: 80 } } }
${tls}`;
}

export function secretManifest(name: string, { certificate, key }: KeyPair): string {
  const encoded = (text: string): string => Buffer.from(text).toString('base64');
  return `apiVersion: v1
kind: Secret
metadata: { namespace: ${NAMESPACE}, name: ${name} }
type: kubernetes.io/tls
data: { tls.crt: ${encoded(certificate)}, tls.key: ${encoded(key)} }
`;
}

/** A Service and its only EndpointSlice: one endpoint, on loopback. */
export function serviceManifest(name: string, port: number): string {
  return `apiVersion: v1
kind: Service
metadata: { namespace: ${NAMESPACE}, name: ${name} }
spec:
  ports: [{ name: http, port: 80, targetPort: ${port} }]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  namespace: ${NAMESPACE}
  name: ${name}-1
  labels: { kubernetes.io/service-name: ${name} }
addressType: IPv4
ports: [{ name: http, port: ${port} }]
endpoints: [{ addresses: [127.0.0.1] }]
`;
}

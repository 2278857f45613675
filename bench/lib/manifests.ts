// Kubernetes objects for the bench, as YAML text.

export interface IngressText {
  readonly name: string;
  readonly host: string;
  readonly service: string;
}

export function ingressManifest({ name, host, service }: IngressText): string {
  return `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { namespace: bench, name: ${name} }
spec:
  rules:
    - host: ${host}
      http:
        paths:
          - path: /
            pathType: Prefix
            backend: { service: { name: ${service}, port: { number: 80 } } }
`;
}

/** A Service and its only EndpointSlice: one endpoint, on loopback. */
export function serviceManifest(name: string, port: number): string {
  return `apiVersion: v1
kind: Service
metadata: { namespace: bench, name: ${name} }
spec:
  ports: [{ name: http, port: 80, targetPort: ${port} }]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  namespace: bench
  name: ${name}-1
  labels: { kubernetes.io/service-name: ${name} }
addressType: IPv4
ports: [{ name: http, port: ${port} }]
endpoints: [{ addresses: [127.0.0.1] }]
`;
}

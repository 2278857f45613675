// Manifests of a service in the namespace shop and of an Ingress that leads to it, as text.

export interface ShopService {
  readonly name: string;
  /** Ports of the endpoints, all on 127.0.0.1. */
  readonly ports: readonly number[];
}

/** The Service and one slice per port, because a slice has one port for all its endpoints. */
export function serviceManifest({ name, ports }: ShopService): string {
  const metadata = `{ name: ${name}, namespace: shop }`;
  const slices = ports.map(
    (port) => `---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  { name: ${name}-${port}, namespace: shop, labels: { kubernetes.io/service-name: ${name} } }
addressType: IPv4
ports: [{ name: http, port: ${port}, protocol: TCP }]
endpoints: [{ addresses: [127.0.0.1] }]
`,
  );
  const service = `apiVersion: v1
kind: Service
metadata: ${metadata}
spec: { ports: [{ name: http, port: 80 }] }
`;
  return [service, ...slices].join('');
}

export interface ShopIngress {
  readonly host: string;
  readonly service: string;
  readonly path?: string;
}

export function ingressManifest({ host, service, path = '/' }: ShopIngress): string {
  return `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: ${service}, namespace: shop }
spec:
  rules:
    - host: ${host}
      http:
        paths:
          - path: ${path}
            pathType: Prefix
            backend: { service: { name: ${service}, port: { number: 80 } } }
`;
}

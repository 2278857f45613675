// The real program with hosts whose clients show certificates, a backend that tells what it was
// told, and clients with certificates of two authorities.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { makeAuthority } from './apiserver/certificates.ts';
import { Headgate } from './headgate.ts';
import { makeCertificate } from './make-certificate.ts';
import { ingressManifest, serviceManifest } from './shop-manifests.ts';
import { connectTls, requestOver, secretManifest, tlsSection } from './tls-scene.ts';

export const STAFF = makeAuthority('Staff');
export const GUESTS = makeAuthority('Guests');

/** Hosts, and the annotations of the Ingress that rules each. */
const HOSTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  open: {},
  staff: { 'client-ca-secret': 'staff' },
  guests: { 'client-ca-secret': 'shop/guests', 'client-certificate': 'required' },
  any: { 'client-ca-secret': 'staff', 'client-certificate': 'optional' },
  broken: { 'client-ca-secret': 'missing' },
};

export class MutualTlsScene implements AsyncDisposable {
  readonly headgate: Headgate;
  readonly #backend: Server;

  private constructor(headgate: Headgate, backend: Server) {
    this.headgate = headgate;
    this.#backend = backend;
  }

  static async start(args: readonly string[] = []): Promise<MutualTlsScene> {
    const backend = createServer((request, response) => {
      response.end(JSON.stringify(request.headers));
    }).listen(0, '127.0.0.1');
    await once(backend, 'listening');
    const { port } = backend.address() as AddressInfo;
    const headgate = await Headgate.start({ manifests: manifestsFor(port), args });
    return new MutualTlsScene(headgate, backend);
  }

  /** A connection whose handshake names this host. */
  connect(host: string, options: ConnectionOptions = {}): Promise<TLSSocket> {
    return connectTls(this.headgate.httpsPort, { servername: hostName(host), ...options });
  }

  /** The status of the answer to one request over a connection of its own. */
  async status(host: string, options: ConnectionOptions = {}): Promise<number> {
    return statusOf(await this.ask(host, options));
  }

  /** The whole answer. */
  async ask(host: string, options: ConnectionOptions = {}, fields = ''): Promise<string> {
    const socket = await this.connect(host, options);
    const answer = await requestOver(socket, requestFor(host, fields));
    socket.destroy();
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.headgate[Symbol.asyncDispose]();
    this.#backend.close();
    this.#backend.closeAllConnections();
  }
}

export function hostName(host: string): string {
  return `${host}.example`;
}

export function requestFor(host: string, fields = ''): string {
  return `GET / HTTP/1.1\r\nHost: ${hostName(host)}${fields}`;
}

export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
}

/** The fields about the client's certificate that the backend was sent. */
export function toldOf(answer: string): Readonly<Record<string, string>> {
  const fields = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as Record<string, string>;
  return Object.fromEntries(
    Object.entries(fields).filter(([name]) => name.includes('client') && name !== 'client'),
  );
}

function manifestsFor(port: number): Readonly<Record<string, string>> {
  const hosts = Object.keys(HOSTS);
  const ingresses = Object.entries(HOSTS).map(([host, annotations]) =>
    annotated(ingressManifest({ host: hostName(host), service: host }), annotations),
  );
  const services = hosts.map((host) => serviceManifest({ name: host, ports: [port] }));
  const certificate = makeCertificate({ names: hosts.map(hostName) });
  return {
    'ingresses.yaml': ingresses
      .map((text, index) => text + tlsSection({ [hostName(hosts[index] as string)]: 'web' }))
      .join('---\n'),
    'services.yaml': services.join('---\n'),
    'web.yaml': secretManifest('web', certificate),
    'staff.yaml': authorityManifest('staff', STAFF.certificate),
    'guests.yaml': authorityManifest('guests', GUESTS.certificate),
  };
}

function annotated(manifest: string, annotations: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(annotations).map(
    ([name, value]) => `headgate.dev/${name}: ${value}`,
  );
  return manifest.replace('shop }', `shop, annotations: { ${pairs.join(', ')} } }`);
}

/** A Secret of the namespace shop with authorities, as text. */
export function authorityManifest(name: string, certificates: string): string {
  const encoded = Buffer.from(certificates).toString('base64');
  return `apiVersion: v1
kind: Secret
metadata: { namespace: shop, name: ${name} }
data: { ca.crt: ${encoded} }
`;
}

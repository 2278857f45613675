// A cluster with the real Headgate in front of its pods: objects are written and read through the
// API of the test API server, requests go over real sockets.

import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { apiVersionOf, findKind } from './apiserver/api-kinds.ts';
import type { ApiInput } from './apiserver/api-object.ts';
import { ApiServer } from './apiserver/api-server.ts';
import { ask } from './apiserver/test-client.ts';
import { type Echo, EchoPod } from './echo-pod.ts';
import { Headgate } from './headgate.ts';
import { type ManifestDirectory, manifestDirectory } from './manifest-directory.ts';

export const NAMESPACE = 'shop';
/** What the status of every Ingress of ours shows. */
export const ADDRESS = '192.0.2.1';
const OURS = 'headgate';

export interface GatewayAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Null where no pod has answered. */
  readonly echo: Echo | null;
}

export interface GatewayRequest {
  readonly host?: string;
  readonly path?: string;
  readonly method?: string;
  readonly body?: string;
}

export class GatewayScene implements AsyncDisposable {
  readonly server: ApiServer;
  readonly directory: ManifestDirectory;
  readonly kubeconfig: string;
  readonly #parts = new AsyncDisposableStack();
  readonly #gateways: Headgate[] = [];

  private constructor(server: ApiServer, directory: ManifestDirectory, kubeconfig: string) {
    this.server = this.#parts.use(server);
    this.directory = this.#parts.use(directory);
    this.kubeconfig = kubeconfig;
  }

  /** A cluster with our IngressClass, and no gateway yet. */
  static async start(): Promise<GatewayScene> {
    const server = await ApiServer.start();
    const directory = await manifestDirectory({});
    const scene = new GatewayScene(server, directory, await server.writeKubeconfig(directory.path));
    for (const name of [NAMESPACE, 'default']) await scene.write(namespace(name));
    await scene.write(ingressClass(OURS, 'headgate.dev/ingress-controller'));
    return scene;
  }

  /** Another process of Headgate, which serves already unless `isReady` is false. */
  async gateway({ args = [] as readonly string[], isReady = true } = {}): Promise<Headgate> {
    const options = {
      kubeconfig: this.kubeconfig,
      args: ['--allow-local-endpoints', '--publish-address', ADDRESS, ...args],
    };
    const headgate = await (isReady ? Headgate.start(options) : Headgate.spawn(options));
    this.#gateways.push(this.#parts.use(headgate));
    return headgate;
  }

  /** Makes the object, or puts it in place of the one that is there. */
  async write(object: ApiInput): Promise<void> {
    const { kind, metadata, apiVersion } = object;
    const path = `${collectionPath(apiVersion, kind, metadata.namespace)}/${metadata.name}`;
    const { code, body } = await ask(this.server, 'PATCH', `${path}?fieldManager=test&force=true`, {
      contentType: 'application/apply-patch+yaml',
      body: object,
    });
    if (code !== 200 && code !== 201) throw new Error(`${kind} ${metadata.name}: ${body.message}`);
  }

  async remove({ apiVersion, kind, metadata }: ApiInput): Promise<void> {
    const path = `${collectionPath(apiVersion, kind, metadata.namespace)}/${metadata.name}`;
    const { code } = await ask(this.server, 'DELETE', path);
    if (code !== 200) throw new Error(`${kind} ${metadata.name}: ${code}`);
  }

  /** A Service with so many pods, each ready at a port of its own. */
  async service(name: string, podCount = 1): Promise<readonly EchoPod[]> {
    const names = Array.from({ length: podCount }, (_, index) => `${name}-${index}`);
    const pods = await Promise.all(names.map((pod) => EchoPod.start(name, pod)));
    await this.write(serviceObject(name));
    for (const pod of pods) {
      this.#parts.use(pod);
      await this.write(sliceOf(name, pod));
    }
    return pods;
  }

  /** The addresses that the status of an Ingress shows, read through the API. */
  async addresses(name: string): Promise<readonly string[]> {
    const { body } = await ask(this.server, 'GET', ingressPath(name));
    const entries: readonly { readonly ip: string }[] = body.status?.loadBalancer?.ingress ?? [];
    return entries.map(({ ip }) => ip);
  }

  /** Waits until the status of the Ingress shows our address. */
  async hasAddress(name: string): Promise<void> {
    const ref = { kind: 'Ingress', namespace: NAMESPACE, name };
    await this.server.until(() => JSON.stringify(this.server.get(ref)?.status)?.includes(ADDRESS));
  }

  /** One request to the gateway that was started first, on a connection of its own. */
  async send(sent: GatewayRequest): Promise<GatewayAnswer> {
    return sendTo(this.#gateways[0]?.httpPort ?? 0, sent);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }
}

/** Without a host it asks for the address itself, as `curl http://127.0.0.1:PORT` does. */
export async function sendTo(port: number, sent: GatewayRequest): Promise<GatewayAnswer> {
  const { host = `127.0.0.1:${port}`, path = '/', method = 'GET', body } = sent;
  const headers = { host, ...(body !== undefined && { 'content-length': body.length }) };
  const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent: false });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const answer = await text(response);
  const isEcho = response.headers['content-type'] === 'application/json';
  const echo = isEcho && answer !== '' ? (JSON.parse(answer) as Echo) : null;
  return { status: response.statusCode ?? 0, headers: response.headers, echo };
}

export interface IngressRule {
  readonly host?: string;
  readonly path: string;
  readonly pathType: 'Exact' | 'Prefix' | 'ImplementationSpecific';
  readonly service: string;
}

export interface IngressSpec {
  readonly className?: string;
  readonly rules?: readonly IngressRule[];
  readonly defaultService?: string;
}

export function ingressObject(name: string, spec: IngressSpec): ApiInput {
  const { className = OURS, rules = [], defaultService } = spec;
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      ingressClassName: className,
      ...(defaultService !== undefined && { defaultBackend: backendOf(defaultService) }),
      ...(rules.length > 0 && { rules: rules.map(ruleObject) }),
    },
  };
}

export function ingressClass(name: string, controller: string): ApiInput {
  const metadata = { name };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata,
    spec: { controller },
  };
}

export function serviceObject(name: string): ApiInput {
  const ports = [{ name: 'http', port: 80, protocol: 'TCP' }];
  const metadata = { name, namespace: NAMESPACE };
  return { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports } };
}

/** Pods with other ports have other slices, as a cluster makes them too. */
export function sliceOf(service: string, pod: { readonly name: string; readonly port: number }) {
  const labels = { 'kubernetes.io/service-name': service };
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: pod.name, namespace: NAMESPACE, labels },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: pod.port, protocol: 'TCP' }],
    endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true } }],
  };
}

export function ingressPath(name = ''): string {
  return `${collectionPath('networking.k8s.io/v1', 'Ingress', NAMESPACE)}/${name}`;
}

function namespace(name: string): ApiInput {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

function ruleObject({ host, path, pathType, service }: IngressRule) {
  const http = { paths: [{ path, pathType, backend: backendOf(service) }] };
  return { ...(host !== undefined && { host }), http };
}

function backendOf(name: string) {
  return { service: { name, port: { number: 80 } } };
}

function collectionPath(apiVersion: string, kindName: string, namespaceName?: string): string {
  const kind = findKind(kindName, apiVersion);
  if (kind === undefined) throw new Error(`no kind ${apiVersion} ${kindName}`);
  const root = kind.group === '' ? '/api/v1' : `/apis/${apiVersionOf(kind)}`;
  return `${root}${kind.isNamespaced ? `/namespaces/${namespaceName}` : ''}/${kind.plural}`;
}

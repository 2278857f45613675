// A Kubernetes API server for tests: over real HTTP, in this process, on a port of its own. Tests
// write objects, look at what was asked, and make things go wrong; clients see an API server.

import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import { AccessControl, type AccessRule } from './access-control.ts';
import { type ApiKind, findKind } from './api-kinds.ts';
import type { ApiInput, ApiObject, ObjectRef } from './api-object.ts';
import { type Authority, type Certificate, makeAuthority } from './certificates.ts';
import { toServed, toStored } from './event-views.ts';
import { type Fault, type FaultAction, type FaultOptions, Faults } from './faults.ts';
import { type ApiCall, HttpFront } from './http-front.ts';
import { type KubeconfigOptions, kubeconfigText } from './kubeconfig.ts';
import { type ObjectPlace, ObjectRegistry } from './object-registry.ts';
import { ObjectStorage } from './object-storage.ts';
import { rulesFor, type ServiceAccountRef, userOf } from './rbac-rules.ts';
import { ResourceHandler } from './resource-handler.ts';
import { WatchHandler } from './watch-handler.ts';

export interface ApiServerOptions {
  /** Serve HTTPS, with an authority of its own. */
  readonly tls?: boolean;
  /** Requests without a token or certificate are 401; else they are the administrator's. */
  readonly requiresIdentity?: boolean;
  /** Real servers send bookmarks about once a minute. */
  readonly bookmarkIntervalMs?: number;
}

/** Far above what any wait here takes, so that only a mistake meets it. */
const WAIT_MS = 15_000;
const CALLS_MAX = 20_000;

export class ApiServer implements AsyncDisposable {
  readonly #storage = new ObjectStorage();
  readonly #registry = new ObjectRegistry(this.#storage);
  readonly #faults = new Faults();
  readonly #access: AccessControl;
  readonly #resources = new ResourceHandler(this.#storage, this.#registry);
  readonly #watches: WatchHandler;
  readonly #front: HttpFront;
  readonly #sockets = new Set<Socket>();
  #server: Server | TlsServer | null = null;
  #authority: Authority | null;
  /** Signs client certificates; it outlives a change of the server's authority. */
  readonly #clientAuthority: Authority | null;
  #port = 0;
  #calls: ApiCall[] = [];
  #wakeWaiters = Promise.withResolvers<void>();

  private constructor({
    tls = false,
    requiresIdentity = false,
    bookmarkIntervalMs = 60_000,
  }: ApiServerOptions) {
    this.#authority = tls ? makeAuthority('test-cluster') : null;
    this.#clientAuthority = tls ? makeAuthority('test-clients') : null;
    const parts = { storage: this.#storage, faults: this.#faults, bookmarkIntervalMs };
    this.#access = new AccessControl({ requiresIdentity });
    this.#watches = new WatchHandler(parts);
    this.#front = new HttpFront({
      access: this.#access,
      faults: this.#faults,
      resources: this.#resources,
      watches: this.#watches,
      record: (call) => this.#record(call),
    });
  }

  static async start(options: ApiServerOptions = {}): Promise<ApiServer> {
    const server = new ApiServer(options);
    await server.resume();
    return server;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `${this.#authority === null ? 'http' : 'https'}://127.0.0.1:${this.#port}`;
  }

  /** The requests so far, the oldest first. */
  get requests(): readonly ApiCall[] {
    return this.#calls;
  }

  /** Watches that are open. */
  get watchCount(): number {
    return this.#watches.count;
  }

  /** The version of the latest change. */
  get resourceVersion(): string {
    return String(this.#storage.revision);
  }

  /** Makes the object, or puts it in place of the one that is there; the status, if it has one. */
  apply(input: ApiInput): ApiObject {
    const place = placeOf({ ...input, ...input.metadata });
    if (place.kind.isNamespaced) this.#registry.ensureNamespace(place.namespace);
    const door = input.status === undefined ? 'main' : 'both';
    const body = toStored(place.kind, input);
    const exists = this.#registry.find(place) !== undefined;
    const written = exists
      ? this.#registry.update(place, () => body, { door })
      : this.#registry.create(place.kind, place.namespace, body, { door });
    this.#wake();
    return written;
  }

  /** Applies every document of a YAML text. */
  applyManifest(text: string): readonly ApiObject[] {
    const documents = parseAllDocuments(text).map((document) => document.toJS() as ApiInput | null);
    return documents.filter((document) => document !== null).map((input) => this.apply(input));
  }

  /** Throws StatusError if it is not there. */
  delete(ref: ObjectRef): void {
    this.#registry.delete(placeOf(ref));
    this.#wake();
  }

  get(ref: ObjectRef): ApiObject | undefined {
    const place = placeOf(ref);
    const object = this.#registry.find(place);
    return object === undefined ? undefined : toServed(place.kind, object);
  }

  /** All objects of a kind, in the order of namespace and name. */
  list(kind: string, namespace?: string): readonly ApiObject[] {
    const objects = this.#storage.list(kindOf({ kind })).map(({ object }) => object);
    return objects.filter(
      ({ metadata }) => namespace === undefined || metadata.namespace === namespace,
    );
  }

  inject(action: FaultAction, options: FaultOptions = {}): Fault {
    return this.#faults.inject(action, options);
  }

  /** Old versions are forgotten: watches and continue tokens from before get 410. */
  compact(): void {
    this.#storage.compact();
    this.#resources.forgetContinuations();
  }

  sendBookmarks(): void {
    this.#watches.bookmarkAll();
  }

  /** Requests with this bearer token may do what the rules say, and nothing else. */
  restrict(token: string, rules: readonly AccessRule[], user = token): void {
    this.#access.admit(token, { user, rules: () => rules });
  }

  /** Requests with this bearer token may do everything. */
  admit(token: string): void {
    this.#access.admitAdministrator(token);
  }

  /** Requests with this bearer token may do what the stored RBAC objects grant the account. */
  admitServiceAccount(token: string, account: ServiceAccountRef): void {
    const rules = () => rulesFor(this.#storage, account);
    this.#access.admit(token, { user: userOf(account), rules });
  }

  /** Requests with this bearer token are 401. */
  revoke(token: string): void {
    this.#access.revoke(token);
  }

  /** PEM of who signed the server's certificate; undefined without TLS. */
  get authority(): string | undefined {
    return this.#authority?.certificate;
  }

  /** A client certificate for a user, who may do everything. Needs TLS. */
  issueClient(commonName: string): Certificate {
    if (this.#clientAuthority === null) throw new Error('client certificates need tls: true');
    return this.#clientAuthority.issue({ commonName, organization: 'system:masters' });
  }

  /** From here on another authority signs the server's certificate; open connections stay. */
  rotateAuthority(): void {
    this.#authority = makeAuthority('test-cluster');
    if (this.#server instanceof TlsServer) this.#server.setSecureContext(this.#tlsOptions());
  }

  kubeconfig(options: Partial<KubeconfigOptions> = {}): string {
    return kubeconfigText({ url: this.url, authority: this.authority, ...options });
  }

  /** The path of the file. */
  async writeKubeconfig(
    directory: string,
    options: Partial<KubeconfigOptions> = {},
  ): Promise<string> {
    const path = join(directory, 'kubeconfig.yaml');
    await writeFile(path, this.kubeconfig(options), { mode: 0o600 });
    return path;
  }

  /** An outage: connections are cut, and others refused, until `resume`. Nothing is forgotten. */
  async suspend(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    const closed = once(server, 'close');
    server.close();
    this.dropConnections();
    await closed;
  }

  /** Listens on the port of before. */
  async resume(): Promise<void> {
    if (this.#server !== null) return;
    const listener: RequestListener = (request, response) => {
      void this.#front.serve(request, response).finally(() => this.#wake());
    };
    const server =
      this.#authority === null
        ? createServer(listener)
        : createTlsServer(this.#tlsOptions(), listener);
    server.on('connection', (socket: Socket) => this.#keep(socket));
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** What `look` finds, as soon as it finds it: it looks after each request and each change. */
  async until<T>(look: () => T | undefined | null | false): Promise<T> {
    const deadline = delay(WAIT_MS, 'late' as const, { ref: false });
    for (;;) {
      const found = look();
      if (found !== undefined && found !== null && found !== false) return found;
      const woken = await Promise.race([this.#wakeWaiters.promise, deadline]);
      if (woken === 'late') throw new Error(`waited ${WAIT_MS} ms for ${look}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.suspend();
  }

  #tlsOptions() {
    const names = ['127.0.0.1', 'localhost', 'kubernetes.default.svc'];
    const own = this.#authority?.issue({ commonName: 'kube-apiserver' }, names);
    return {
      ...{ cert: own?.certificate, key: own?.key, ca: this.#clientAuthority?.certificate },
      // Who has no certificate may have a token.
      ...{ requestCert: true, rejectUnauthorized: false },
    };
  }

  #record(call: ApiCall): void {
    this.#calls.push(call);
    if (this.#calls.length > CALLS_MAX) this.#calls = this.#calls.slice(CALLS_MAX / 2);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#wake();
    });
    socket.on('error', () => {}); // A client that goes away is its own affair.
  }

  #wake(): void {
    this.#wakeWaiters.resolve();
    this.#wakeWaiters = Promise.withResolvers();
  }
}

function placeOf({ apiVersion, kind, namespace, name }: ObjectRef): ObjectPlace {
  const row = kindOf({ kind, ...(apiVersion !== undefined && { apiVersion }) });
  return { kind: row, namespace: row.isNamespaced ? (namespace ?? 'default') : '', name };
}

function kindOf({ apiVersion, kind }: { apiVersion?: string; kind: string }): ApiKind {
  const row = findKind(kind, apiVersion);
  if (row === undefined) throw new Error(`the test API server has no kind ${apiVersion} ${kind}`);
  return row;
}

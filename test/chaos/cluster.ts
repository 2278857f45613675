// The cluster of the chaos suite: an API server, pods, and Ingresses that lead to them. Whatever is
// written to the API server is told to the model in the same moment.

import { ApiServer } from '../support/apiserver/api-server.ts';
import {
  ingressClass,
  ingressObject,
  NAMESPACE,
  serviceObject,
  sliceOf,
} from '../support/gateway-scene.ts';
import { Echo } from '../support/grpc-calls.ts';
import { startGrpcServer } from '../support/grpc-scene.ts';
import { makeCertificate } from '../support/make-certificate.ts';
import type { Random } from '../support/seeded-random.ts';
import { secretManifest } from '../support/tls-scene.ts';
import type { Model } from './model.ts';
import { type OnBroken, Pod } from './pod.ts';

export const HOSTS = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}.chaos.test`);
/** Changed by faults alone, to see whether all is well. */
export const PROBE_HOST = 'probe.chaos.test';
/** Led astray by a fault alone, to a service without pods. */
export const TRIAL_HOST = 'trial.chaos.test';
export const BAD_SERVICE = 'bad';
/** Asked for tunnels; never changed. */
export const TUNNEL_HOST = 'tunnel.chaos.test';
/** Leads to a pod that is near and to FAR_POD, which is in another network. */
export const FAR_HOST = 'far.chaos.test';
export const FAR_SERVICE = 'far';
export const FAR_POD = 'far-1';
/** Leads to a pod that echoes calls of gRPC; never changed. */
export const GRPC_HOST = 'grpc.chaos.test';
export const GRPC_SERVICE = 'grpc';
export const GRPC_POD = 'grpc-0';
export const CERTIFICATE = `${NAMESPACE}/wildcard`;
const SERVICES = ['red', 'green', 'blue'];
/** It may lose all of its pods. */
const MAY_BE_EMPTY = 'blue';
const PODS_PER_SERVICE = 3;
/** Of the other ones, so that one pod that fails leaves somebody to ask. */
const PODS_LISTED_MIN = 2;

/** Where FAR_POD is reached. */
export interface Far {
  readonly address: string;
  readonly port: number;
}

export interface ClusterOptions {
  readonly model: Model;
  /** Null where there is no other network; then nothing leads to it. */
  readonly far: Far | null;
  /** How fast pods answer. */
  readonly random: Random;
  readonly onBroken: OnBroken;
}

export class Cluster implements AsyncDisposable {
  readonly server: ApiServer;
  readonly #pods: Pod[] = [];
  readonly #model: Model;
  readonly #parts = new AsyncDisposableStack();

  private constructor(server: ApiServer, model: Model) {
    this.server = this.#parts.use(server);
    this.#model = model;
  }

  static async start(options: ClusterOptions): Promise<Cluster> {
    const { model, far, random, onBroken } = options;
    const cluster = new Cluster(await ApiServer.start(), model);
    cluster.server.apply(ingressClass('headgate', 'headgate.dev/ingress-controller'));
    const pair = makeCertificate({ names: ['*.chaos.test'] });
    cluster.server.applyManifest(
      secretManifest('wildcard', pair).replace('namespace: shop', `namespace: ${NAMESPACE}`),
    );
    const broken = new Set<string>();
    cluster.#declare(BAD_SERVICE);
    for (const service of SERVICES) {
      for (let index = 0; index < PODS_PER_SERVICE; index += 1) {
        const pod = new Pod({ service, name: `${service}-${index}`, random, onBroken, broken });
        await pod.start();
        cluster.#pods.push(cluster.#parts.use(pod));
      }
      cluster.#declare(service);
    }
    await cluster.#answerCalls();
    if (far !== null) await cluster.#reach(far, options);
    for (const host of [...HOSTS, PROBE_HOST, TRIAL_HOST, TUNNEL_HOST]) {
      model.addHost(host, null);
      cluster.route(host, SERVICES[0] as string);
    }
    return cluster;
  }

  /** A host leads there from this moment on, or nowhere. */
  route(host: string, service: string | null): void {
    const name = host.split('.')[0] as string;
    this.#model.hosts.get(host)?.tell(service, performance.now());
    if (service === null) {
      this.server.delete({ kind: 'Ingress', namespace: NAMESPACE, name });
      return;
    }
    const rules = [{ host, path: '/', pathType: 'Prefix', service }] as const;
    this.server.apply(ingressObject(name, { rules }));
  }

  /** The probe's host leads to another service from this moment on. */
  routeProbe(): void {
    const before = this.#model.hosts.get(PROBE_HOST)?.last;
    this.route(PROBE_HOST, before === 'red' ? 'green' : 'red');
  }

  /** Any host leads elsewhere, or any pod comes or goes. */
  change(random: Random): void {
    if (random.below(3) === 0) this.#flap(random);
    else this.#reroute(random);
  }

  #reroute(random: Random): void {
    const host = random.pick(HOSTS);
    const before = this.#model.hosts.get(host)?.last;
    this.route(host, random.pick([...SERVICES, null].filter((service) => service !== before)));
  }

  /** A pod that never is the only one of its service. */
  anyPod(random: Random): Pod {
    return random.pick(this.#pods.filter(({ service }) => service !== MAY_BE_EMPTY));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }

  async #answerCalls(): Promise<void> {
    const { endpoint } = this.#parts.use(await startGrpcServer(new Echo().methods));
    const ports = [{ name: 'http', port: 80, appProtocol: 'kubernetes.io/h2c' }];
    this.server.apply({ ...serviceObject(GRPC_SERVICE), spec: { ports } });
    this.server.apply(sliceOf(GRPC_SERVICE, { name: GRPC_POD, port: endpoint.port }));
    this.#model.addService(GRPC_SERVICE, [GRPC_POD]);
    this.#model.addHost(GRPC_HOST, GRPC_SERVICE);
    this.route(GRPC_HOST, GRPC_SERVICE);
  }

  async #reach({ address, port }: Far, { random, onBroken }: ClusterOptions): Promise<void> {
    const near = new Pod({ service: FAR_SERVICE, name: 'far-0', random, onBroken });
    await near.start();
    this.#parts.use(near);
    this.#model.addService(FAR_SERVICE, [near.name, FAR_POD]);
    this.server.apply(serviceObject(FAR_SERVICE));
    this.server.apply(sliceOf(FAR_SERVICE, near));
    const slice = sliceOf(FAR_SERVICE, { name: FAR_POD, port });
    this.server.apply({ ...slice, endpoints: [{ ...slice.endpoints[0], addresses: [address] }] });
    this.#model.addHost(FAR_HOST, FAR_SERVICE);
    this.route(FAR_HOST, FAR_SERVICE);
  }

  #flap(random: Random): void {
    const pod = random.pick(this.#pods);
    const listed = this.#model.services.get(pod.service)?.last ?? [];
    const isListed = listed.includes(pod.name);
    const leastCount = pod.service === MAY_BE_EMPTY ? 0 : PODS_LISTED_MIN;
    if (isListed && listed.length <= leastCount) return;
    const others = listed.filter((name) => name !== pod.name);
    this.#tellPods(pod.service, isListed ? others : [...others, pod.name]);
    const ref = { kind: 'EndpointSlice', namespace: NAMESPACE, name: pod.name };
    if (isListed) this.server.delete(ref);
    else this.server.apply(sliceOf(pod.service, pod));
  }

  #declare(service: string): void {
    const pods = this.#pods.filter((pod) => pod.service === service);
    this.#model.addService(
      service,
      pods.map(({ name }) => name),
    );
    this.server.apply(serviceObject(service));
    for (const pod of pods) this.server.apply(sliceOf(service, pod));
  }

  #tellPods(service: string, names: readonly string[]): void {
    this.#model.services.get(service)?.tell(names, performance.now());
  }
}

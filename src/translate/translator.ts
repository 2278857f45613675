// From Kubernetes objects to the routing plan, over and over. It keeps what it made of each Ingress
// and each host, and makes again only what a changed object has a part in, so that a change costs
// what it changed. What comes out depends on the objects alone, whatever came before.

import type { Problem } from '#base/problem.ts';
import type { Sliced } from '#base/sliced.ts';
import { EMPTY_LIST, replaceInSlices, type SortedList } from '#base/sorted-list.ts';
import type { Ingress, ObjectChange, Resource } from '#kubernetes/resources.ts';
import type { RoutingPlan, VirtualHost } from '#plan/routing-plan.ts';
import type { TlsPlan } from '#plan/tls-plan.ts';
import { type CertificateMemory, newCertificateMemory } from './certificate-memory.ts';
import { checkReferences } from './check-reference.ts';
import { ClaimTable } from './claim-table.ts';
import {
  type ClassSettings,
  checkClassSettings,
  namesConfigMap,
  readClassSettings,
} from './class-settings.ts';
import { translateGlobalDefault } from './default-backend.ts';
import { type ClassRules, translateIngress } from './ingress.ts';
import { classOf, isTaken, ownClasses } from './ingress-class.ts';
import { ProblemTable } from './problem-table.ts';
import { settleHost } from './settle-host.ts';
import { claimTls } from './tls-claim.ts';
import { type TlsRound, TlsTranslator } from './tls-translator.ts';
import {
  type SecretName,
  type Secrets,
  secretNameOf,
  type TranslateInput,
  type TranslateOptions,
} from './translate-input.ts';
import { DEFAULT_POLICY } from './transport-policy.ts';

export interface Translation {
  readonly plan: RoutingPlan;
  readonly tls: TlsPlan;
  /** When time alone may change it, in milliseconds since 1970; infinite for never. */
  readonly recheckAtMs: number;
  /** Sorted, each once. */
  readonly problems: readonly Problem[];
}

/** The kinds whose objects concern those alone that name them, or nobody. */
const CONCERNS_FEW: ReadonlySet<Resource['kind']> = new Set([
  'Ingress',
  'Service',
  'Secret',
  'EndpointSlice',
  'Node',
]);

/** What has to be made again. */
interface Round {
  /** By `namespace/name`; null for one that is gone or is another controller's. */
  readonly ingresses: ReadonlyMap<string, Ingress | null>;
  /** Ingresses that name an object which has changed, and perhaps others. */
  readonly namers: Iterable<string>;
  /** Hosts whose clients are judged by a Secret that has changed. */
  readonly judged: readonly string[];
}

export class Translator {
  readonly #options: TranslateOptions;
  readonly #memory: CertificateMemory;
  #claims = new ClaimTable();
  #tls: TlsTranslator;
  #problems = new ProblemTable();
  #virtualHosts: SortedList<VirtualHost> = EMPTY_LIST;
  /** Those that mean us. */
  #classes: readonly ClassSettings[] = [];

  /** `memory` may come from an earlier translator, and is kept up to date. */
  constructor(options: TranslateOptions, memory: CertificateMemory = newCertificateMemory()) {
    this.#options = options;
    this.#memory = memory;
    this.#tls = new TlsTranslator(options, memory);
  }

  /**
   * `changes` are those since the last call; null if anything may have changed. Equal objects give
   * equal plans, in whatever order they come. A virtual host that no change has a part in is the
   * very same object as the last time. A call that was not finished leaves nothing to go on with.
   * `nowMs` is in milliseconds since 1970, and decides about certificates alone.
   */
  *translate(
    input: TranslateInput,
    changes: readonly ObjectChange[] | null,
    nowMs: number,
  ): Sliced<Translation> {
    const { ingresses, namers, judged } = yield* this.#begin(input, changes);
    const hosts = new Set(judged);
    for (const [id, ingress] of ingresses) {
      for (const host of this.#claim(id, ingress, input)) hosts.add(host);
      yield;
    }
    for (const id of namers) {
      this.#check(id, input);
      yield;
    }
    const round = { secrets: input, nowMs, owners: this.#claims };
    for (const host of yield* this.#settleTls(round, hosts)) {
      hosts.add(host);
    }
    const settled = new Map<string, VirtualHost | null>();
    for (const host of hosts) {
      settled.set(host, this.#settle(host, input));
      yield;
    }
    this.#virtualHosts = yield* replaceInSlices(this.#virtualHosts, settled, ({ host }) => host);
    const findings = this.#classes.flatMap((one) => checkClassSettings(one, input));
    const defaultRoute = translateGlobalDefault(this.#options.defaultBackend, input, findings);
    this.#problems.set('default backends', findings);
    return {
      plan: { virtualHosts: this.#virtualHosts, defaultRoute },
      tls: this.#tls.plan,
      recheckAtMs: this.#tls.recheckAtMs,
      problems: this.#problems.tell(),
    };
  }

  /** The Secrets by which clients of the last translation are judged, there or not. */
  authoritySecrets(): readonly SecretName[] {
    return this.#claims.judges().map(secretNameOf);
  }

  /** Those of the certificates of its hosts. */
  certificateSecrets(): readonly SecretName[] {
    return this.#tls.askedFor().map(secretNameOf);
  }

  *#begin(input: TranslateInput, changes: readonly ObjectChange[] | null): Sliced<Round> {
    if (changes === null || changes.some((change) => this.#concernsMany(change)))
      return yield* this.#beginAfresh(input);
    const judged: string[] = [];
    for (const change of changes) {
      const object = objectOf(change);
      if (object?.kind !== 'Secret') continue;
      this.#tls.touchSecret(object);
      judged.push(...this.#claims.hostsJudgedBy(object.namespace, object.name));
    }
    const classes = [...input.ingressClasses()];
    const ingresses = new Map<string, Ingress | null>();
    for (const change of changes) {
      const object = objectOf(change);
      if (object?.kind !== 'Ingress') continue;
      const isOurs = change.after !== null && isTaken(object, classes, this.#options);
      ingresses.set(idOf(object), isOurs ? object : null);
    }
    const namers = new Set([...ingresses.keys(), ...this.#namersOf(changes)]);
    return { ingresses, namers, judged };
  }

  #concernsMany(change: ObjectChange): boolean {
    const object = objectOf(change);
    if (object === null || CONCERNS_FEW.has(object.kind)) return false;
    // The controller may share its namespace with programs that write their state into ConfigMaps.
    if (object.kind !== 'ConfigMap') return true;
    return this.#classes.some(({ ingressClass }) => namesConfigMap(ingressClass, object));
  }

  *#beginAfresh(input: TranslateInput): Sliced<Round> {
    this.#claims = new ClaimTable();
    this.#tls = new TlsTranslator(this.#options, this.#memory);
    this.#problems = new ProblemTable();
    this.#virtualHosts = EMPTY_LIST;
    this.#classes = ownClasses([...input.ingressClasses()], this.#options).map((one) =>
      readClassSettings(one, input, this.#options),
    );
    this.#problems.set(
      'classes',
      this.#classes.flatMap(({ findings }) => findings),
    );
    const classes = [...input.ingressClasses()];
    const ingresses = new Map<string, Ingress>();
    for (const ingress of input.ingresses()) {
      if (isTaken(ingress, classes, this.#options)) ingresses.set(idOf(ingress), ingress);
      yield;
    }
    return { ingresses, namers: ingresses.keys(), judged: [] };
  }

  #namersOf(changes: readonly ObjectChange[]): readonly string[] {
    return changes.flatMap((change) => {
      const object = objectOf(change);
      if (object?.kind !== 'Service') return [];
      return [...this.#claims.namers(object.namespace, object.name)];
    });
  }

  #claim(id: string, ingress: Ingress | null, input: TranslateInput): Iterable<string> {
    const claims =
      ingress === null ? null : translateIngress(ingress, this.#classRulesOf(ingress, input));
    // A host that is passed through shows the certificate of its backend.
    const tls = claims === null || claims.passesThrough ? null : claimTls(claims);
    this.#tls.replace(id, tls?.claims ?? []);
    this.#problems.set(`Ingress ${id}`, [...(claims?.findings ?? []), ...(tls?.findings ?? [])]);
    return this.#claims.replace(id, claims);
  }

  #classRulesOf(ingress: Ingress, input: TranslateInput): ClassRules {
    if (this.#classes.every(({ ingressClass }) => ingressClass.parameters === null)) {
      return { defaultBackend: null, policy: DEFAULT_POLICY };
    }
    const name = classOf(ingress, [...input.ingressClasses()])?.name;
    const settings = this.#classes.find(({ ingressClass }) => ingressClass.name === name);
    const { defaultBackend = null, policy = DEFAULT_POLICY } = settings ?? {};
    return { defaultBackend: defaultBackend?.ref ?? null, policy };
  }

  /** Tells what is wrong with the objects that an Ingress names. */
  #check(id: string, input: TranslateInput): void {
    const claims = this.#claims.get(id);
    const findings = claims === null ? [] : checkReferences(claims.references, input);
    this.#problems.set(`objects named by ${id}`, findings);
  }

  /** The hosts that are served otherwise than before, because a certificate has come or gone. */
  *#settleTls(round: TlsRound, claimed: ReadonlySet<string>): Sliced<ReadonlySet<string>> {
    for (const host of claimed) {
      this.#tls.touchHost(host);
      yield;
    }
    const outcomes = yield* this.#tls.settle(round);
    const turned = new Set<string>();
    for (const { host, findings, hasTurned } of outcomes) {
      this.#problems.set(`certificate of ${host}`, findings);
      if (hasTurned) for (const one of this.#claims.hostsUnder(host)) turned.add(one);
    }
    return turned;
  }

  #settle(host: string, secrets: Secrets): VirtualHost | null {
    const claims = this.#claims.claimants(host);
    const hasCertificate = this.#tls.hasCertificate(host);
    const settled =
      claims.length === 0 ? null : settleHost(host, claims, { hasCertificate, secrets });
    this.#problems.set(`host ${host}`, settled?.findings ?? []);
    return settled?.virtualHost ?? null;
  }
}

/** Null if the object came and went between two calls. */
function objectOf({ before, after }: ObjectChange): Resource | null {
  return after ?? before;
}

function idOf({ namespace, name }: Resource): string {
  return `${namespace}/${name}`;
}

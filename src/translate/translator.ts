// From Kubernetes objects to the routing plan, over and over. It keeps what it made of each Ingress
// and each host, and makes again only what a changed object has a part in, so that a change costs
// what it changed. What comes out depends on the objects alone, whatever came before.

import type { Problem } from '#base/problem.ts';
import type { ServicePortRef } from '#base/service-port-ref.ts';
import type { Sliced } from '#base/sliced.ts';
import { replaceInList } from '#base/sorted-list.ts';
import type { Ingress, ObjectChange, Resource } from '#kubernetes/resources.ts';
import type { RoutingPlan, VirtualHost } from '#plan/routing-plan.ts';
import { checkReferences } from './check-reference.ts';
import { ClaimTable } from './claim-table.ts';
import { type ClassSettings, checkClassSettings, readClassSettings } from './class-settings.ts';
import { translateGlobalDefault } from './default-backend.ts';
import { translateIngress } from './ingress.ts';
import { classOf, ownClasses, takenIngresses } from './ingress-class.ts';
import { ProblemTable } from './problem-table.ts';
import { settleHost } from './settle-host.ts';
import { checkTls } from './tls.ts';
import type { TranslateInput, TranslateOptions } from './translate-input.ts';

export interface Translation {
  readonly plan: RoutingPlan;
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

const NO_HOSTS: readonly VirtualHost[] = [];

/** What has to be made again. */
interface Round {
  /** By `namespace/name`; null for one that is gone or is another controller's. */
  readonly ingresses: ReadonlyMap<string, Ingress | null>;
  /** Ingresses that name an object which has changed, and perhaps others. */
  readonly namers: ReadonlySet<string>;
}

export class Translator {
  readonly #options: TranslateOptions;
  #claims = new ClaimTable();
  #problems = new ProblemTable();
  #virtualHosts = NO_HOSTS;
  /** Those that mean us. */
  #classes: readonly ClassSettings[] = [];

  constructor(options: TranslateOptions) {
    this.#options = options;
  }

  /**
   * `changes` are those since the last call; null if anything may have changed. Equal objects give
   * equal plans, in whatever order they come. A virtual host that no change has a part in is the
   * very same object as the last time. A call that was not finished leaves nothing to go on with.
   */
  *translate(input: TranslateInput, changes: readonly ObjectChange[] | null): Sliced<Translation> {
    const { ingresses, namers } = this.#begin(input, changes);
    const hosts = new Set<string>();
    for (const [id, ingress] of ingresses) {
      for (const host of this.#claim(id, ingress, input)) hosts.add(host);
      yield;
    }
    for (const id of namers) {
      this.#check(id, input);
      yield;
    }
    const settled = new Map<string, VirtualHost | null>();
    for (const host of hosts) {
      settled.set(host, this.#settle(host));
      yield;
    }
    this.#virtualHosts = replaceInList(this.#virtualHosts, settled, ({ host }) => host);
    const findings = this.#classes.flatMap((one) => checkClassSettings(one, input));
    const defaultRoute = translateGlobalDefault(this.#options.defaultBackend, input, findings);
    this.#problems.set('default backends', findings);
    return {
      plan: { virtualHosts: this.#virtualHosts, defaultRoute },
      problems: this.#problems.tell(),
    };
  }

  #begin(input: TranslateInput, changes: readonly ObjectChange[] | null): Round {
    if (changes === null || changes.some(concernsMany)) return this.#beginAfresh(input);
    const changed = changes.filter((change) => objectOf(change)?.kind === 'Ingress');
    const present = changed.flatMap(({ after }) => (after?.kind === 'Ingress' ? after : []));
    const among = { ingresses: () => present, ingressClasses: () => input.ingressClasses() };
    const ingresses = new Map<string, Ingress | null>();
    for (const change of changed) ingresses.set(idOf(objectOf(change) as Ingress), null);
    for (const one of takenIngresses(among, this.#options)) ingresses.set(idOf(one), one);
    return { ingresses, namers: new Set([...ingresses.keys(), ...this.#namersOf(changes)]) };
  }

  #beginAfresh(input: TranslateInput): Round {
    this.#claims = new ClaimTable();
    this.#problems = new ProblemTable();
    this.#virtualHosts = NO_HOSTS;
    this.#classes = ownClasses([...input.ingressClasses()], this.#options).map((one) =>
      readClassSettings(one, input, this.#options),
    );
    this.#problems.set(
      'classes',
      this.#classes.flatMap(({ findings }) => findings),
    );
    const taken = takenIngresses(input, this.#options);
    const ingresses = new Map(taken.map((ingress) => [idOf(ingress), ingress]));
    return { ingresses, namers: new Set(ingresses.keys()) };
  }

  #namersOf(changes: readonly ObjectChange[]): readonly string[] {
    return changes.flatMap((change) => {
      const object = objectOf(change);
      if (object?.kind !== 'Service' && object?.kind !== 'Secret') return [];
      return [...this.#claims.namers(object.kind, object.namespace, object.name)];
    });
  }

  #claim(id: string, ingress: Ingress | null, input: TranslateInput): Iterable<string> {
    const claims =
      ingress === null ? null : translateIngress(ingress, this.#classBackendOf(ingress, input));
    this.#problems.set(`Ingress ${id}`, claims?.findings ?? []);
    return this.#claims.replace(id, claims);
  }

  #classBackendOf(ingress: Ingress, input: TranslateInput): ServicePortRef | null {
    if (this.#classes.every(({ defaultBackend }) => defaultBackend === null)) return null;
    const name = classOf(ingress, [...input.ingressClasses()])?.name;
    const settings = this.#classes.find(({ ingressClass }) => ingressClass.name === name);
    return settings?.defaultBackend?.ref ?? null;
  }

  /** Tells what is wrong with the objects that an Ingress names. */
  #check(id: string, input: TranslateInput): void {
    const claims = this.#claims.get(id);
    const findings =
      claims === null
        ? []
        : [...checkReferences(claims.references, input), ...checkTls(claims.ingress, input)];
    this.#problems.set(`objects named by ${id}`, findings);
  }

  #settle(host: string): VirtualHost | null {
    const claimants = this.#claims.claimants(host);
    const settled = claimants.length === 0 ? null : settleHost(host, claimants);
    this.#problems.set(`host ${host}`, settled?.findings ?? []);
    return settled?.virtualHost ?? null;
  }
}

function concernsMany(change: ObjectChange): boolean {
  const object = objectOf(change);
  return object !== null && !CONCERNS_FEW.has(object.kind);
}

/** Null if the object came and went between two calls. */
function objectOf({ before, after }: ObjectChange): Resource | null {
  return after ?? before;
}

function idOf({ namespace, name }: Resource): string {
  return `${namespace}/${name}`;
}

// From the upstreams that a routing plan names to the addresses that answer for each, over and
// over: an upstream is translated again only when its Service or one of its slices has changed.
// Routes are not its matter: a pod that comes or goes changes this plan and no other.

import { Groups } from '#base/groups.ts';
import type { Problem } from '#base/problem.ts';
import type { Sliced } from '#base/sliced.ts';
import { compareLists, EMPTY_LIST, replaceInSlices, type SortedList } from '#base/sorted-list.ts';
import type { ObjectChange, Resource } from '#kubernetes/resources.ts';
import type { EndpointPlan, Upstream } from '#plan/endpoint-plan.ts';
import { NO_ROUTES, type Route, type RoutingPlan } from '#plan/routing-plan.ts';
import type { Location } from './endpoint-choice.ts';
import { ProblemTable } from './problem-table.ts';
import {
  type EndpointOptions,
  type Endpoints,
  type SecretName,
  secretNameOf,
} from './translate-input.ts';
import { translateUpstream } from './upstream.ts';
import { parseUpstreamName } from './upstream-name.ts';

export interface EndpointTranslation {
  readonly plan: EndpointPlan;
  /** Sorted, each once. */
  readonly problems: readonly Problem[];
}

/** The kinds that no upstream is made of. */
const CONCERNS_NONE: ReadonlySet<Resource['kind']> = new Set(['IngressClass', 'ConfigMap']);

export class EndpointTranslator {
  readonly #options: EndpointOptions;
  readonly #problems = new ProblemTable();
  /** How many virtual hosts name each upstream. */
  readonly #uses = new Map<string, number>();
  /** The upstreams of each Service, by `namespace/name`. */
  readonly #ofService = new Groups<string>();
  /** The same of each Ingress that has its own way to speak to them, and of each Secret. */
  readonly #ofIngress = new Groups<string>();
  readonly #ofSecret = new Groups<string>();
  /** The Secrets of each upstream that has some. */
  readonly #secrets = new Map<string, readonly SecretName[]>();
  #routes = NO_ROUTES;
  #upstreams: SortedList<Upstream> = EMPTY_LIST;

  constructor(options: EndpointOptions) {
    this.#options = options;
  }

  /**
   * `changes` are those since the last call; null if anything may have changed. Equal objects give
   * equal plans, in whatever order they come. An upstream that no change has a part in is the very
   * same object as the last time. A call that was not finished leaves nothing to go on with.
   */
  *translate(
    routes: RoutingPlan,
    input: Endpoints,
    changes: readonly ObjectChange[] | null,
  ): Sliced<EndpointTranslation> {
    const names = new Set<string>();
    yield* this.#follow(routes, names);
    for (const name of this.#concerned(changes)) names.add(name);
    const replaced = new Map<string, Upstream | null>();
    for (const name of names) {
      replaced.set(name, yield* this.#translate(name, input));
      yield;
    }
    this.#upstreams = yield* replaceInSlices(
      this.#upstreams,
      replaced,
      (upstream) => upstream.name,
    );
    return { plan: { upstreams: this.#upstreams }, problems: this.#problems.tell() };
  }

  /** The Secrets that the upstreams of the last translation depend on, there or not. */
  secrets(): readonly SecretName[] {
    return [...this.#ofSecret.keys()].map(secretNameOf);
  }

  /** Counts what the routes name, and adds the names that came or went. */
  *#follow(routes: RoutingPlan, names: Set<string>): Sliced<void> {
    const before = this.#routes;
    this.#routes = routes;
    const use = (list: readonly Route[] | undefined, change: 1 | -1): void => {
      for (const name of namesOf(list ?? [])) if (this.#use(name, change)) names.add(name);
    };
    use(routesOf(routes.defaultRoute), 1);
    use(routesOf(before.defaultRoute), -1);
    const hosts = compareLists(before.virtualHosts, routes.virtualHosts, ({ host }) => host);
    for (const host of hosts) {
      use(host.after?.routes, 1);
      use(host.before?.routes, -1);
      yield;
    }
  }

  /** True if the name has come or gone. */
  #use(name: string, change: 1 | -1): boolean {
    const before = this.#uses.get(name) ?? 0;
    const after = before + change;
    if (after > 0) this.#uses.set(name, after);
    else this.#uses.delete(name);
    if (before > 0 && after > 0) return false;
    const ref = parseUpstreamName(name);
    if (ref === null) return true;
    const { namespace, service, ingress } = ref;
    const step = after > 0 ? 'add' : 'delete';
    this.#ofService[step](`${namespace}/${service}`, name);
    if (ingress !== null) this.#ofIngress[step](`${namespace}/${ingress}`, name);
    return true;
  }

  #concerned(changes: readonly ObjectChange[] | null): Iterable<string> {
    if (changes === null) return this.#uses.keys();
    const objects = changes.flatMap(({ before, after }) => [before ?? [], after ?? []].flat());
    return objects.flatMap((object) => {
      if (CONCERNS_NONE.has(object.kind)) return [];
      return [...this.#namesOf(object)];
    });
  }

  #namesOf(object: Resource): Iterable<string> {
    const id = idOf(object);
    if (object.kind === 'Ingress') return this.#ofIngress.get(id);
    if (object.kind === 'Secret') return this.#ofSecret.get(id);
    const service = serviceOf(object);
    return service === null ? this.#uses.keys() : this.#ofService.get(service);
  }

  /** Null if no route names the upstream. */
  *#translate(name: string, input: Endpoints): Sliced<Upstream | null> {
    if (!this.#uses.has(name)) {
      this.#problems.set(name, []);
      this.#dependOn(name, []);
      return null;
    }
    const ref = parseUpstreamName(name);
    const service = ref === null ? null : input.service(ref.namespace, ref.service);
    const slices = ref === null ? [] : [...input.endpointSlices(ref.namespace, ref.service)];
    const options = this.#options;
    const location = locate(input, options);
    const ingress = ref?.ingress ? input.ingress(ref.namespace, ref.ingress) : null;
    const parts = { name, ref, service, ingress, secrets: input, slices, location, options };
    const { upstream, findings, secrets } = yield* translateUpstream(parts);
    this.#problems.set(name, findings);
    this.#dependOn(name, secrets);
    return upstream;
  }

  #dependOn(name: string, secrets: readonly SecretName[]): void {
    for (const secret of this.#secrets.get(name) ?? []) this.#ofSecret.delete(idOf(secret), name);
    for (const secret of secrets) this.#ofSecret.add(idOf(secret), name);
    if (secrets.length === 0) this.#secrets.delete(name);
    else this.#secrets.set(name, secrets);
  }
}

/** Where we are, as far as the operator or our Node says it. */
function locate(input: Endpoints, { nodeName, zone }: EndpointOptions): Location {
  const node = nodeName === null ? null : input.node(nodeName);
  return { node: nodeName, zone: zone ?? node?.zone ?? null };
}

/** `namespace/name` of the Service that an object is or belongs to; null if it is neither. */
function serviceOf(object: Resource): string | null {
  if (object.kind === 'Service') return `${object.namespace}/${object.name}`;
  if (object.kind !== 'EndpointSlice') return null;
  return `${object.namespace}/${object.serviceName ?? ''}`;
}

function routesOf(route: Route | null): readonly Route[] {
  return route === null ? [] : [route];
}

function namesOf(routes: readonly Route[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { upstreams } of routes) for (const { name } of upstreams) names.add(name);
  return names;
}

function idOf({ namespace, name }: SecretName): string {
  return `${namespace}/${name}`;
}

// The addresses behind Services of type ExternalName: asks DNS, keeps the last answer, asks again
// when its TTL is over, and puts the addresses into the endpoint plan. It does not know who uses
// the plan.

import { Resolver } from 'node:dns/promises';
import { backoffMs } from '#base/backoff.ts';
import { limits } from '#base/limits.ts';
import type { Problem } from '#base/problem.ts';
import { compareLists, EMPTY_LIST, replaceInList, type SortedList } from '#base/sorted-list.ts';
import type { Endpoint, EndpointPlan, Upstream } from '#plan/endpoint-plan.ts';
import { formatEndpoint } from '#plan/print-plan.ts';
import { endpointHazard } from '#translate/endpoint-hazard.ts';
import type { EndpointOptions } from '#translate/translate-input.ts';
import { parseUpstreamName } from '#translate/upstream-name.ts';
import { lookUp } from './look-up.ts';

const RETRY = { baseMs: limits.externalNameRetryBaseMs, maxMs: limits.externalNameRetryMaxMs };

export interface ExternalNamesOptions {
  /** `address` or `address:port` of the DNS servers; empty for those of the machine. */
  readonly servers: readonly string[];
  /** Which addresses are never endpoints, whoever owns the name. */
  readonly endpointOptions: EndpointOptions;
  /** Some name has other addresses than before, or is a Problem that it was not. */
  readonly onChange: () => void;
}

/** What is known of one DNS name. */
interface Name {
  readonly host: string;
  /** Sorted; null until DNS has answered. */
  addresses: readonly string[] | null;
  /** Why the last query failed; null after an answer. */
  failure: string | null;
  failureCount: number;
  isQueried: boolean;
  /** On the clock of `performance.now()`. */
  dueAt: number;
}

export class ExternalNames {
  readonly #options: ExternalNamesOptions;
  readonly #resolver = new Resolver({ timeout: limits.externalNameQueryTimeoutMs, tries: 2 });
  readonly #names = new Map<string, Name>();
  /** The upstreams of the last plan, and those of them that stand for a DNS name. */
  #upstreams: SortedList<Upstream> = EMPTY_LIST;
  readonly #external = new Map<string, Upstream>();
  #queryCount = 0;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;
  #waiting: (() => void)[] = [];

  constructor(options: ExternalNamesOptions) {
    this.#options = options;
    if (options.servers.length > 0) this.#resolver.setServers(options.servers);
  }

  /** Follows exactly the names that the plan asks for, and no other. */
  follow(plan: EndpointPlan): void {
    const upstreams = [...this.#sift(plan)];
    const wanted = new Set(upstreams.flatMap(({ externalName }) => externalName?.host ?? []));
    for (const host of this.#names.keys()) if (!wanted.has(host)) this.#names.delete(host);
    for (const host of wanted) {
      if (this.#names.size >= limits.externalNamesMax) break;
      if (!this.#names.has(host)) this.#names.set(host, unknownName(host));
    }
    this.#query();
  }

  /**
   * The plan with the addresses known so far, and a Problem for each name without any and for each
   * address that is never an endpoint.
   */
  resolve(plan: EndpointPlan): { readonly plan: EndpointPlan; readonly problems: Problem[] } {
    const problems: Problem[] = [];
    const resolved = new Map<string, Upstream>();
    for (const upstream of this.#sift(plan)) {
      if (upstream.externalName === null) continue;
      const name = this.#names.get(upstream.externalName.host);
      const failure = name === undefined ? TOO_MANY : name.failure;
      if (failure !== null && !name?.addresses) problems.push(unresolved(upstream, failure));
      const answers = endpointsOf(name, upstream.externalName.port);
      const endpoints = answers.filter((endpoint) => {
        const hazard = endpointHazard(endpoint, this.#options.endpointOptions);
        if (hazard !== null) problems.push(forbidden(upstream, endpoint, hazard));
        return hazard === null;
      });
      resolved.set(upstream.name, { ...upstream, endpoints });
    }
    return { plan: { upstreams: replaceInList(plan.upstreams, resolved, nameOf) }, problems };
  }

  /** Resolves once every name has been answered or has failed, or when the time is over. */
  async firstAnswers(deadlineMs: number): Promise<void> {
    if (this.#isSettled()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    const timer = setTimeout(resolve, deadlineMs);
    await promise;
    clearTimeout(timer);
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#names.clear();
    this.#resolver.cancel();
    this.#releaseWaiting();
  }

  /** The upstreams that stand for a DNS name. Few do, and most plans differ in few upstreams. */
  #sift({ upstreams }: EndpointPlan): Iterable<Upstream> {
    for (const { name, after } of compareLists(this.#upstreams, upstreams, nameOf)) {
      if (after === null || after.externalName === null) this.#external.delete(name);
      else this.#external.set(name, after);
    }
    this.#upstreams = upstreams;
    return this.#external.values();
  }

  /** Starts the queries that are due, then sleeps until the next one is. */
  #query(): void {
    if (this.#isClosed) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const now = performance.now();
    let nextAt = Number.POSITIVE_INFINITY;
    for (const name of this.#names.values()) {
      if (name.isQueried) continue;
      if (this.#queryCount === limits.externalNameQueriesMax) return;
      if (name.dueAt <= now) void this.#ask(name);
      else nextAt = Math.min(nextAt, name.dueAt);
    }
    if (nextAt === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#query(), Math.ceil(nextAt - now));
  }

  async #ask(name: Name): Promise<void> {
    name.isQueried = true;
    this.#queryCount += 1;
    const before = summary(name);
    const answer = await lookUp(this.#resolver, name.host);
    this.#queryCount -= 1;
    name.isQueried = false;
    if (answer.type === 'addresses') {
      name.addresses = answer.addresses;
      name.failure = null;
      name.failureCount = 0;
      name.dueAt = performance.now() + clampTtl(answer.ttlMs);
    } else {
      name.failure = answer.code;
      name.dueAt = performance.now() + backoffMs(RETRY, name.failureCount, Math.random());
      name.failureCount += 1;
    }
    if (this.#isClosed) return;
    if (this.#isSettled()) this.#releaseWaiting();
    if (this.#names.get(name.host) === name && summary(name) !== before) this.#options.onChange();
    this.#query();
  }

  #isSettled(): boolean {
    return this.#names
      .values()
      .every(({ addresses, failure }) => addresses !== null || failure !== null);
  }

  #releaseWaiting(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting = [];
  }
}

const TOO_MANY = `more than ${limits.externalNamesMax} names are asked for`;

function unknownName(host: string): Name {
  return {
    host,
    addresses: null,
    failure: null,
    failureCount: 0,
    isQueried: false,
    dueAt: Number.NEGATIVE_INFINITY,
  };
}

/** What of a name matters to the plan: while DNS fails, the last answer stays in force. */
function summary({ addresses, failure }: Name): string | null {
  return addresses === null ? failure : addresses.join(' ');
}

function clampTtl(ttlMs: number): number {
  return Math.min(Math.max(ttlMs, limits.externalNameTtlMinMs), limits.externalNameTtlMaxMs);
}

function endpointsOf(name: Name | undefined, port: number): Endpoint[] {
  return (name?.addresses ?? []).map((address) => ({ address, port }));
}

function unresolved(upstream: Upstream, failure: string): Problem {
  const message = `DNS has no address for ${hostText(upstream)}: ${failure}`;
  return problemOf(upstream, 'ExternalNameUnresolved', message);
}

function forbidden(upstream: Upstream, endpoint: Endpoint, hazard: string): Problem {
  const address = formatEndpoint(endpoint);
  const message =
    `DNS gives ${address} for ${hostText(upstream)}: that is ${hazard}, ` +
    'and is never proxied to';
  return problemOf(upstream, 'ForbiddenAddress', message);
}

function hostText({ externalName }: Upstream): string {
  return JSON.stringify(externalName?.host);
}

function problemOf({ name }: Upstream, reason: string, message: string): Problem {
  const { namespace, service } = parseUpstreamName(name) ?? { namespace: '', service: name };
  const object = { kind: 'Service', namespace, name: service };
  return { object, field: 'spec.externalName', reason, message, position: null };
}

function nameOf({ name }: Upstream): string {
  return name;
}

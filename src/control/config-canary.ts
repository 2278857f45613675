// A generation of routes that one worker serves first, while the others serve the one before. Both
// get each change of endpoints. It gathers what both have answered; what is made of that is judged
// in judge-canary.ts.

import { compareLists, findInList, replaceInList } from '#base/sorted-list.ts';
import type { ObjectChange } from '#kubernetes/resources.ts';
import type { RoutingPlan, VirtualHost } from '#plan/routing-plan.ts';
import { ADMITS_ANY } from '#plan/routing-plan.ts';
import { STATUS_CLASSES, type WorkerCounters } from '#protocol/worker-counters.ts';
import { routeKeyText } from '#snapshot/keys.ts';
import type { Causes } from './causes.ts';
import type { Change } from './change.ts';
import { type ChangeSummary, summarizeChange } from './change-summary.ts';
import type { Plans } from './compile-change.ts';
import { FixedRoutes } from './fixed-routes.ts';
import type { CanaryCounts, ServedCount, Verdict } from './judge-canary.ts';
import type { Step } from './plans-in-force.ts';

export interface CanaryOptions {
  readonly worker: number;
  readonly counters: readonly WorkerCounters[];
  /** How often that worker has died so far. */
  readonly deaths: () => number;
  /** From what all workers serve to what one of them is to serve. */
  readonly step: Step;
  readonly causes: Causes;
  /** The objects' changes that led to it. */
  readonly changes: readonly ObjectChange[];
  readonly nowMs: number;
}

const FAILED = STATUS_CLASSES.indexOf('5xx');

export class ConfigCanary {
  readonly worker: number;
  readonly changed: ChangeSummary;
  readonly causes: Causes;
  readonly changes: readonly ObjectChange[];
  readonly before: FixedRoutes;
  readonly after: FixedRoutes;
  /** The routes of both, for whose upstreams endpoints are needed. */
  readonly routes: RoutingPlan;
  verdict: Verdict = 'open';
  /** What the one worker serves; null before it does. */
  served: Plans | null = null;
  readonly #counters: readonly WorkerCounters[];
  readonly #deaths: () => number;
  readonly #startDeaths: number;
  /** Keys of the routes that tell; null for all. */
  readonly #keys: ReadonlySet<string> | null;
  readonly #startedAtMs: number;
  readonly #startCounts: readonly ServedCount[];

  constructor({ step, counters, deaths, nowMs, ...others }: CanaryOptions) {
    const { before, after, change } = step;
    this.worker = others.worker;
    this.changed = summarizeChange(change, before);
    this.causes = others.causes;
    this.changes = others.changes;
    this.before = new FixedRoutes(before);
    this.after = new FixedRoutes(after);
    this.routes = unionOf(before.routes, after.routes);
    this.#counters = counters;
    this.#deaths = deaths;
    this.#startDeaths = deaths();
    this.#keys = keysOf(change, after.routes);
    this.#startedAtMs = nowMs;
    this.#startCounts = counters.map((one) => this.#count(one));
  }

  counts(nowMs: number): CanaryCounts {
    const counts = this.#counters.map((one, worker) => {
      const start = this.#startCounts[worker] ?? { requests: 0, failures: 0 };
      const { requests, failures } = this.#count(one);
      return { requests: requests - start.requests, failures: failures - start.failures };
    });
    const canary = counts[this.worker] ?? { requests: 0, failures: 0 };
    const others = sum(counts.filter((_, worker) => worker !== this.worker));
    const deaths = this.#deaths() - this.#startDeaths;
    return { canary, others, deaths, elapsedMs: nowMs - this.#startedAtMs };
  }

  #count(counters: WorkerCounters): ServedCount {
    const keys = this.#keys;
    const routes = counters.readRoutes().filter(({ key }) => keys === null || keys.has(key));
    return sum(
      routes.map(({ responses }) => ({
        requests: responses.reduce((total, count) => total + count, 0),
        failures: responses[FAILED] ?? 0,
      })),
    );
  }
}

function sum(counts: readonly ServedCount[]): ServedCount {
  return counts.reduce(
    (total, { requests, failures }) => ({
      requests: total.requests + requests,
      failures: total.failures + failures,
    }),
    { requests: 0, failures: 0 },
  );
}

/** The routes of the hosts that are changed. How backends are spoken to may concern any of them. */
function keysOf({ hosts, defaultRoute }: Change, routes: RoutingPlan): ReadonlySet<string> | null {
  const keys = new Set<string>();
  for (const name of hosts.keys()) {
    const virtualHost = findInList(routes.virtualHosts, name, ({ host }) => host);
    for (const { match } of virtualHost?.routes ?? []) {
      keys.add(routeKeyText({ host: name, type: match.type, path: match.path }));
    }
  }
  if (defaultRoute !== undefined && routes.defaultRoute !== null) {
    const { type, path } = routes.defaultRoute.match;
    keys.add(routeKeyText({ host: '', type, path }));
  }
  return keys.size === 0 ? null : keys;
}

/** A plan that nobody serves, and that names the upstreams of both. */
function unionOf(before: RoutingPlan, after: RoutingPlan): RoutingPlan {
  const hosts = new Map<string, VirtualHost>();
  const differences = compareLists(before.virtualHosts, after.virtualHosts, ({ host }) => host);
  for (const { name, before: old, after: next } of differences) {
    const routes = [...(old?.routes ?? []), ...(next?.routes ?? [])];
    hosts.set(name, { host: name, routes, ...ADMITS_ANY });
  }
  // No host has the empty name.
  const { defaultRoute } = before;
  if (defaultRoute !== null) hosts.set('', { host: '', routes: [defaultRoute], ...ADMITS_ANY });
  const virtualHosts = replaceInList(after.virtualHosts, hosts, ({ host }) => host);
  return { ...after, virtualHosts };
}

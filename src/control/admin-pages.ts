// What the admin server shows: gathers from each part of the control plane what its page tells.

import { monotonicMs } from '#base/clock.ts';
import { printable } from '#base/printable.ts';
import type { Problem } from '#base/problem.ts';
import type { WatchStatus } from '#kubernetes/cluster-contact.ts';
import { printPlan } from '#plan/print-plan.ts';
import type { RoutingPlan } from '#plan/routing-plan.ts';
import type { ControlBlock } from '#protocol/control-block.ts';
import type { Arena } from '#snapshot/arena.ts';
import { dumpSnapshot } from '#snapshot/dump.ts';
import type { AdminPages } from './admin-server.ts';
import type { Controller } from './controller.ts';
import { type GenerationsInput, generationsAsJson, generationsAsText } from './generations-page.ts';
import type { LoopDelay } from './loop-delay.ts';
import { type RouteLabels, renderMetrics, type WatchMetrics } from './metrics.ts';
import type { Publisher } from './publisher.ts';
import { RouteLabelling } from './route-labels.ts';
import { runInSlices } from './run-in-slices.ts';
import type { Supervisor } from './supervisor.ts';

export interface AdminPagesOptions {
  readonly arena: Arena;
  readonly control: ControlBlock;
  readonly controller: Controller;
  readonly publisher: Publisher;
  readonly supervisor: Supervisor;
  readonly loopDelay: LoopDelay;
  /** Empty where no cluster is watched. */
  readonly clusterWatches: () => readonly WatchStatus[];
}

const US_PER_SECOND = 1_000_000;
const MS_PER_SECOND = 1_000;

export function adminPages(options: AdminPagesOptions): AdminPages {
  const { arena, control, controller, supervisor } = options;
  const labelling = new RouteLabelling();
  const labelsOf = lastOnly((plan) => runInSlices(labelling.labels(plan)));
  return {
    unreadyReason: () => supervisor.unreadyReason(),
    metrics: async () => metricsPage(options, await labelsOf(controller.routes)),
    plan: () => printPlan(controller.routes, controller.endpoints, controller.tls),
    snapshot: () =>
      control.root === 0 ? 'no snapshot yet\n' : dumpSnapshot(arena.memory, control.root),
    problems: () => problemsPage(controller.problems),
    generations: {
      json: () => generationsAsJson(generationsOf(options)),
      text: () => generationsAsText(generationsOf(options)),
    },
  };
}

function generationsOf({ controller, publisher }: AdminPagesOptions): GenerationsInput {
  const { history, pinned } = controller;
  return { history, pinned, published: publisher.generation, canary: publisher.canary };
}

function metricsPage(
  { arena, control, controller, publisher, supervisor, ...others }: AdminPagesOptions,
  labels: ReadonlyMap<string, RouteLabels>,
): string {
  const { user, system } = process.cpuUsage();
  return renderMetrics({
    workers: supervisor.slots.map(({ counters, restarts }, index) => ({
      counters,
      restarts,
      generation: control.seen(index),
    })),
    workerCount: supervisor.workerCount,
    routeLabels: labels,
    problems: controller.problems,
    ejectedEndpoints: supervisor.health.countEjected(monotonicMs()),
    publishedGeneration: publisher.generation,
    pinnedGeneration: controller.pinned ?? 0,
    canaryGeneration: publisher.canary ?? 0,
    withdrawnCount: controller.history.withdrawnCount,
    publishDurations: controller.inForce.publishDurations,
    compileDurations: controller.inForce.compileDurations,
    clusterWatches: others.clusterWatches().map(watchMetrics),
    arena: {
      usedBytes: arena.usedBytes,
      sizeBytes: arena.buffer.byteLength,
      largestFreeBytes: arena.largestFreeBytes,
      isFull: controller.isArenaFull,
    },
    process: {
      residentBytes: process.memoryUsage.rss(),
      cpuSeconds: (user + system) / US_PER_SECOND,
    },
    mainThread: {
      heapUsedBytes: process.memoryUsage().heapUsed,
      loopDelays: others.loopDelay.read(),
    },
  });
}

function watchMetrics({ kind, isConnected, lastContactMs }: WatchStatus): WatchMetrics {
  const silentMs = lastContactMs === null ? null : performance.now() - lastContactMs;
  return { kind, isConnected, silentSeconds: silentMs === null ? null : silentMs / MS_PER_SECOND };
}

// JSON leaves some characters as they are that would act on the terminal of whoever reads the page.
function problemsPage(problems: readonly Problem[]): string {
  const lines = JSON.stringify(problems, null, 2).split('\n');
  return `${lines.map(printable).join('\n')}\n`;
}

/** Computes again only for another plan than the last: a plan outlives many scrapes. */
function lastOnly<T>(compute: (plan: RoutingPlan) => T): (plan: RoutingPlan) => T {
  let last: { readonly plan: RoutingPlan; readonly value: T } | null = null;
  return (plan) => {
    if (last?.plan !== plan) last = { plan, value: compute(plan) };
    return last.value;
  };
}

// What can be done by POST on the admin server: each action by its path, and what it answers. Who
// may ask for it is decided in admin-server.ts.

import { limits } from '#base/limits.ts';
import { quote } from '#base/quote.ts';
import type { AdminAction, AdminReply } from './admin-server.ts';
import type { Controller, RebuildResult } from './controller.ts';
import type { GenerationRecord } from './generation-history.ts';
import { ListenError } from './listen-error.ts';
import type { Supervisor } from './supervisor.ts';

export interface AdminActionsOptions {
  readonly controller: Controller;
  readonly supervisor: Supervisor;
  /** How long a worker that goes may take for what it has. */
  readonly drainMs: number;
}

const SUPERSEDED: AdminReply = { status: 409, body: 'another rollback or resume came after\n' };

/** By path. */
export function adminActions(options: AdminActionsOptions): ReadonlyMap<string, AdminAction> {
  const { controller } = options;
  return new Map([
    ['/rollback', (parameters: URLSearchParams) => rollBack(controller, parameters)],
    ['/resume', () => resume(controller)],
    ['/workers', (parameters: URLSearchParams) => resize(options, parameters)],
  ]);
}

async function rollBack(controller: Controller, parameters: URLSearchParams): Promise<AdminReply> {
  const asked = parameters.get('generation');
  const record = findRecord(controller, asked);
  if (record === null) return { status: 404, body: `${refusal(controller, asked)}\n` };
  const result = await controller.pin(record);
  const { generation } = record;
  if (controller.pinned !== generation && isDone(result)) return SUPERSEDED;
  if (!isDone(result)) return failure(result, `generation ${generation} was not put in force`);
  const last = controller.history.last?.generation ?? generation;
  const body = `the routes of generation ${generation} are in force, as generation ${last}\n`;
  return { status: 200, body };
}

async function resume(controller: Controller): Promise<AdminReply> {
  if (controller.pinned === null) return { status: 409, body: 'no generation is pinned\n' };
  const result = await controller.pin(null);
  if (controller.pinned !== null && isDone(result)) return SUPERSEDED;
  if (!isDone(result)) return failure(result, 'the routes of the objects were not put in force');
  return { status: 200, body: 'the routes follow the objects again\n' };
}

/** What one worker tries is the last change, so what the others serve was before it. */
function findRecord(
  { history, isTrying }: Controller,
  asked: string | null,
): GenerationRecord | null {
  if (asked === null) return isTrying ? history.last : history.beforeLast();
  return /^[0-9]{1,9}$/.test(asked) ? history.find(Number(asked)) : null;
}

function refusal({ history }: Controller, asked: string | null): string {
  if (asked === null) return 'there is no generation before the one in force';
  const kept = history.records.map(({ generation }) => generation).join(', ');
  return `generation ${quote(asked)} is not kept; those that are: ${kept || 'none'}`;
}

function isDone(result: RebuildResult): boolean {
  return result === 'published' || result === 'unchanged';
}

function failure(result: RebuildResult, what: string): AdminReply {
  const why = result === 'arenaFull' ? 'shared memory is full' : 'see the log';
  return { status: 503, body: `${what}: ${why}\n` };
}

const REFUSED_RESIZINGS = {
  busy: 'workers are being started; try again when they serve',
  full: 'too many workers that left have connections still; try again later',
  notServing: 'the process is not serving',
} as const;

async function resize(
  { supervisor, drainMs }: AdminActionsOptions,
  parameters: URLSearchParams,
): Promise<AdminReply> {
  const count = parseWorkerCount(parameters.get('count') ?? '');
  if (count === null) {
    return { status: 400, body: `count: expected a number from 1 to ${limits.workersMax}\n` };
  }
  const before = supervisor.workerCount;
  try {
    const result = await supervisor.resize(count, drainMs);
    if (result !== 'resized') return { status: 409, body: `${REFUSED_RESIZINGS[result]}\n` };
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    return { status: 503, body: `${error.message}\n` };
  }
  return { status: 200, body: `workers: ${count}, ${before} before\n` };
}

function parseWorkerCount(text: string): number | null {
  const count = /^[1-9][0-9]{0,2}$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= limits.workersMax ? count : null;
}

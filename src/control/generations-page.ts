// The list of generations, for programs and for a terminal: the newest first, which has the routes
// in force.

import { formatTime } from '#base/format-time.ts';
import { printable } from '#base/printable.ts';
import { formatRef } from '#base/problem.ts';
import { formatTable } from '#base/table.ts';
import type { Causes } from './causes.ts';
import type { Tally } from './change-summary.ts';
import type { GenerationHistory, GenerationRecord } from './generation-history.ts';

export interface GenerationsInput {
  readonly history: GenerationHistory;
  /** The generation that was published last. */
  readonly published: number;
  /** The generation whose routes stay in force; null if none does. */
  readonly pinned: number | null;
  /** The generation that one worker tries; null if there is none. */
  readonly canary: number | null;
}

const HEADINGS = [
  'GENERATION',
  'PUBLISHED',
  'STATE',
  'HOSTS',
  'UPSTREAMS',
  'CERTIFICATES',
  'CAUSE',
];

export function generationsAsText(input: GenerationsInput): string {
  const { history, published, pinned, canary } = input;
  const rows = newestFirst(history).map((record) => [
    String(record.generation),
    formatTime(record.publishedAtMs),
    stateOf(record, input),
    formatTally(record.changed.hosts),
    formatTally({ ...record.changed.upstreams, names: [] }),
    formatTally(record.changed.certificates),
    formatCauses(record.causes),
  ]);
  const pods = `${published} published last, ${history.endpointChanges} for pods since`;
  const pin = pinned === null ? '' : `, routes of ${pinned} until a resume`;
  const trial = canary === null ? '' : `, one worker tries ${canary}`;
  return `${formatTable([HEADINGS, ...rows])}${pods}${pin}${trial}\n`;
}

export function generationsAsJson(input: GenerationsInput): string {
  const { history, published, pinned, canary } = input;
  const generations = newestFirst(history).map((record) => ({
    generation: record.generation,
    publishedAt: formatTime(record.publishedAtMs),
    state: stateOf(record, input),
    rollbackOf: record.rollbackOf,
    changed: record.changed,
    causes: { ...record.causes, objects: record.causes.objects.map(formatRef) },
  }));
  const { endpointChanges } = history;
  const page = { published, pinned, canary, endpointChanges, generations };
  return `${JSON.stringify(page, null, 2).split('\n').map(printable).join('\n')}\n`;
}

function newestFirst({ records, withdrawn }: GenerationHistory): readonly GenerationRecord[] {
  return [...records, ...withdrawn].sort((a, b) => b.generation - a.generation);
}

function stateOf(record: GenerationRecord, { history, pinned }: GenerationsInput): string {
  const isInForce = record === history.last;
  const origin = record.rollbackOf === null ? '' : `, back to ${record.rollbackOf}`;
  if (history.withdrawn.includes(record)) return 'withdrawn';
  if (!isInForce) return `kept${origin}`;
  return `${pinned === null ? 'in force' : 'pinned'}${origin}`;
}

/** `+2 ~1 -0 a.example, b.example, ...`, or `-` for nothing. */
function formatTally({ added, changed, removed, names }: Tally): string {
  const count = added + changed + removed;
  if (count === 0) return '-';
  const counts = `+${added} ~${changed} -${removed}`;
  return names.length === 0 ? counts : `${counts} ${formatFew(names, count)}`;
}

function formatCauses({ count, objects }: Causes): string {
  return count === 0 ? '-' : formatFew(objects.map(formatRef), count);
}

function formatFew(names: readonly string[], count: number): string {
  return `${names.join(', ')}${count > names.length ? `, ... (${count})` : ''}`;
}

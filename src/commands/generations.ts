// The commands `generations` and `rollback`: which routes a running Headgate serves, or could.

import { limits } from '#base/limits.ts';
import type { AdminPlace } from './ask-admin.ts';
import type { Report } from './report.ts';
import { reportAnswer } from './report-answer.ts';

export function generations(place: AdminPlace): Promise<Report> {
  return reportAnswer(place, { method: 'GET', path: '/debug/generations' });
}

/** What to go back to; `before` is the generation before the last change. */
export type RollbackTarget = number | 'before' | 'resume';

export function rollback(place: AdminPlace, target: RollbackTarget): Promise<Report> {
  const path = pathOf(target);
  return reportAnswer(place, { method: 'POST', path, timeoutMs: limits.adminActionTimeoutMs });
}

function pathOf(target: RollbackTarget): string {
  if (target === 'resume') return '/resume';
  return target === 'before' ? '/rollback' : `/rollback?generation=${target}`;
}

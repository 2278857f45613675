// The commands `generations` and `rollback`: which routes a running Headgate serves, or could.

import { printable } from '#base/printable.ts';
import { type AdminPlace, type AdminQuestion, askAdmin } from './ask-admin.ts';
import type { Report } from './report.ts';

export function generations(place: AdminPlace): Promise<Report> {
  return report(place, { method: 'GET', path: '/debug/generations' });
}

/** What to go back to; `before` is the generation before the one in force. */
export type RollbackTarget = number | 'before' | 'resume';

export function rollback(place: AdminPlace, target: RollbackTarget): Promise<Report> {
  return report(place, { method: 'POST', path: pathOf(target) });
}

function pathOf(target: RollbackTarget): string {
  if (target === 'resume') return '/resume';
  return target === 'before' ? '/rollback' : `/rollback?generation=${target}`;
}

async function report(place: AdminPlace, question: AdminQuestion): Promise<Report> {
  const { isOk, body } = await askAdmin(place, question);
  const lines = body.trimEnd().split('\n').map(printable).join('\n');
  if (!isOk) return { text: '', remark: `headgate: ${lines}\n`, exitCode: 1 };
  return { text: `${lines}\n`, remark: '', exitCode: 0 };
}

// What a running Headgate answers, as the report of a command.

import { printable } from '#base/printable.ts';
import { type AdminPlace, type AdminQuestion, askAdmin } from './ask-admin.ts';
import type { Report } from './report.ts';

/** The answer, as lines that are fit for a terminal. */
export async function reportAnswer(place: AdminPlace, question: AdminQuestion): Promise<Report> {
  const { isOk, body } = await askAdmin(place, question);
  const lines = body.trimEnd().split('\n').map(printable).join('\n');
  if (!isOk) return { text: '', remark: `headgate: ${lines}\n`, exitCode: 1 };
  return { text: `${lines}\n`, remark: '', exitCode: 0 };
}

// The command `workers`: how many proxy threads a running Headgate has.

import { limits } from '#base/limits.ts';
import type { AdminPlace } from './ask-admin.ts';
import type { Report } from './report.ts';
import { reportAnswer } from './report-answer.ts';

/** Waits until those that come listen. */
export function workers(place: AdminPlace, count: number): Promise<Report> {
  const path = `/workers?count=${count}`;
  return reportAnswer(place, { method: 'POST', path, timeoutMs: limits.workerBeginMaxMs });
}

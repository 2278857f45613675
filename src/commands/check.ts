// `headgate check`: every Problem of the manifests, in the order of files and lines.

import type { PlanOptions } from './command-line.ts';
import { problemLines } from './problem-lines.ts';
import { readPlan } from './read-plan.ts';
import type { Report } from './report.ts';

export function check(options: PlanOptions): Report {
  const { store, problems } = readPlan(options);
  if (problems.length === 0)
    return { text: `ok: ${store.size} objects\n`, remark: '', exitCode: 0 };
  return { text: `${problemLines(problems).join('\n')}\n`, remark: '', exitCode: 1 };
}

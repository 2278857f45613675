// A generation that was gone back to: it stays in force, whatever the objects say, until it is let
// go.

import type { Problem } from '#base/problem.ts';
import { FixedRoutes } from './fixed-routes.ts';
import type { GenerationRecord } from './generation-history.ts';

export interface Pin {
  readonly record: GenerationRecord;
  readonly routes: FixedRoutes;
  readonly problem: Problem;
}

export function pinOf(record: GenerationRecord): Pin {
  const { generation, plans } = record;
  const problem = {
    object: null,
    field: '',
    reason: 'RoutesPinned',
    message: `the routes and certificates are those of generation ${generation} until a resume`,
    position: null,
  };
  return { record, routes: new FixedRoutes(plans), problem };
}

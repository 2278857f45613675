// Which route answers a request: asked of the compiled snapshot, through the reader that the
// workers use, so that `explain` cannot tell anything else than what they do.

import { present } from '#base/assert.ts';
import { buildSnapshot } from '#compile/build-snapshot.ts';
import type { EndpointPlan } from '#plan/endpoint-plan.ts';
import type { Route, RoutingPlan, VirtualHost } from '#plan/routing-plan.ts';
import { type DecodedRoute, decodeRoute } from '#snapshot/decode.ts';
import { SnapshotView } from '#snapshot/view.ts';
import type { RequestTarget } from './request-target.ts';

/** The route of the plan; null means 404. `hosts` are those that could answer, best first. */
export function findAnswer(
  routes: RoutingPlan,
  endpoints: EndpointPlan,
  { hosts, target }: { readonly hosts: readonly VirtualHost[]; readonly target: RequestTarget },
): Route | null {
  const { arena, root } = buildSnapshot(routes, endpoints, { seed: 0 });
  const view = new SnapshotView(arena.buffer);
  view.adopt(root);
  const { host, path } = target;
  const end = host.length + path.length;
  const offset = view.lookup(host + path, 0, host.length, host.length, end);
  if (offset === 0) return null;
  const decoded = decodeRoute(view.memory, offset);
  if (decoded.object === null) return routes.defaultRoute;
  const found = hosts[0]?.routes.find((route) => isSame(route, decoded));
  return present(found, 'the snapshot answers with a route of the best host of the plan');
}

function isSame({ match, source }: Route, decoded: DecodedRoute): boolean {
  return (
    match.type === decoded.type &&
    match.path === decoded.path &&
    source.field === decoded.field &&
    source.object?.namespace === decoded.object?.namespace &&
    source.object?.name === decoded.object?.name
  );
}

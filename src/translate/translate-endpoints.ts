// From the upstreams that a routing plan names to the addresses that answer for each, once.

import { finish } from '#base/sliced.ts';
import type { RoutingPlan } from '#plan/routing-plan.ts';
import { type EndpointTranslation, EndpointTranslator } from './endpoint-translator.ts';
import type { EndpointOptions, Endpoints } from './translate-input.ts';

/** Equal objects give equal plans, in whatever order they come. */
export function translateEndpoints(
  plan: RoutingPlan,
  input: Endpoints,
  options: EndpointOptions,
): EndpointTranslation {
  return finish(new EndpointTranslator(options).translate(plan, input, null));
}

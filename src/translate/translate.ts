// From Kubernetes objects to the routing plan, whole and pure. What is wrong with an object is a
// Problem beside the plan, and everything that is right is in the plan. Where the endpoints of an
// upstream are is translate-endpoints.ts's matter.

import type { Problem } from '#base/problem.ts';
import type { RoutingPlan } from '#plan/routing-plan.ts';
import { translateDefaultBackend, translateGlobalDefault } from './default-backend.ts';
import { translateRules } from './ingress.ts';
import { takenIngresses } from './ingress-class.ts';
import { sortProblems } from './problems.ts';
import { settleClaims } from './settle-claims.ts';
import { checkTls } from './tls.ts';
import type { TranslateInput, TranslateOptions } from './translate-input.ts';

export interface Translation {
  readonly plan: RoutingPlan;
  /** Sorted, each once. */
  readonly problems: readonly Problem[];
}

/** Equal objects give equal plans, in whatever order they come. */
export function translate(input: TranslateInput, options: TranslateOptions): Translation {
  const problems: Problem[] = [];
  const perIngress = takenIngresses(input, options).map((ingress) => {
    const { hosts, claims } = translateRules(ingress, input, problems);
    const defaults = translateDefaultBackend(ingress, hosts, input, problems);
    checkTls(ingress, input, problems);
    return { hosts, claims, defaults };
  });
  const virtualHosts = settleClaims(
    {
      hosts: perIngress.flatMap(({ hosts }) => hosts),
      rules: perIngress.flatMap(({ claims }) => claims),
      defaults: perIngress.flatMap(({ defaults }) => defaults),
    },
    problems,
  );
  const defaultRoute = translateGlobalDefault(options.defaultBackend, input, problems);
  return { plan: { virtualHosts, defaultRoute }, problems: sortProblems(problems) };
}

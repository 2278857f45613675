// Passing TLS connections through: what an Ingress that asks for it claims on its hosts, and which
// hosts are passed through. A connection that nobody opens has a host name and no path, so all that
// counts of a rule is its path `/`.

import { formatRef } from '#base/problem.ts';
import type { Claim, HostClaims } from './claim.ts';
import { ANY_HOST } from './host-name.ts';
import { hasSay } from './host-owner.ts';
import { type Finding, findingAt, refOf } from './problems.ts';

/**
 * What remains of the claims of one Ingress: one for each host at most, the prefix of all paths.
 */
export function passThroughClaims(
  rules: ReadonlyMap<string, readonly Claim[]>,
  fallbacks: ReadonlyMap<string, Claim>,
  findings: Finding[],
): ReadonlyMap<string, readonly Claim[]> {
  const passed = new Map<string, readonly Claim[]>();
  for (const host of new Set([...rules.keys(), ...fallbacks.keys()])) {
    const claims = rules.get(host) ?? [];
    const fallback = fallbacks.get(host);
    if (host === ANY_HOST) {
      const all = fallback === undefined ? claims : [...claims, fallback];
      findings.push(...all.map((claim) => refuse(claim, 'PassthroughWithoutHost', NO_HOST)));
      continue;
    }
    const root = claims.find(({ route }) => route.match.path === '/');
    for (const claim of claims) {
      if (claim !== root) findings.push(refuse(claim, 'PassthroughPath', ONLY_ROOT));
    }
    const claim = root ?? fallback;
    passed.set(host, claim === undefined ? [] : [allPaths(claim)]);
  }
  return passed;
}

const NO_HOST = 'connections are passed through by the name of their host, and there is none here';
const ONLY_ROOT =
  'connections are passed through whatever is asked of them, so only path "/" counts';

function allPaths(claim: Claim): Claim {
  return { ...claim, route: { ...claim.route, match: { type: 'Prefix', path: '/' } } };
}

function refuse({ ingress, route }: Claim, reason: string, message: string): Finding {
  return findingAt({ object: ingress, field: route.source.field }, reason, message);
}

export interface SettledPassthrough {
  /** Those that have a say in the routes of the host, the senior first. */
  readonly claimants: readonly HostClaims[];
  /** The name of an upstream; null if the host is not passed through. */
  readonly upstream: string | null;
}

/** The senior Ingress decides. `seniorFirst` are all that claim on the host. */
export function settlePassthrough(
  seniorFirst: readonly HostClaims[],
  findings: Finding[],
): SettledPassthrough {
  const claimants = seniorFirst.filter(hasSay);
  const opened = claimants.filter(({ passesThrough }) => !passesThrough);
  const [senior] = claimants;
  if (senior === undefined) return { claimants, upstream: null };
  const { ingress, passesThrough } = senior;
  const holder = formatRef(refOf(ingress));
  if (!passesThrough) {
    const message = `connections are not passed through, because ${holder} comes first`;
    for (const { rules } of claimants.filter((one) => one.passesThrough)) {
      findings.push(...rules.map((claim) => refuse(claim, 'PassthroughConflict', message)));
    }
    return { claimants: opened, upstream: null };
  }
  // Such routes still answer requests without TLS: an ACME solver has no others.
  const message = `only requests without TLS get here, as ${holder} passes connections through`;
  for (const { rules } of opened) {
    findings.push(...rules.map((claim) => refuse(claim, 'PassthroughConflict', message)));
  }
  return { claimants, upstream: senior.rules[0]?.route.upstreams[0]?.name ?? null };
}

// What one Ingress asks for in its `tls`: a certificate for each of its hosts. Only hosts of its
// own rules count, since another Ingress decides about the others. It looks at no Secret.

import { quote } from '#base/quote.ts';
import type { Ingress, IngressTls } from '#kubernetes/resources.ts';
import type { Seniority } from '#plan/precedence.ts';
import { ANY_HOST, parseHost } from './host-name.ts';
import type { IngressClaims } from './ingress.ts';
import { type Finding, findingAt, type Place } from './problems.ts';

/** One Ingress asks for one certificate for one host. */
export interface TlsClaim extends Seniority {
  readonly host: string;
  readonly namespace: string;
  /** Null for the default certificate. */
  readonly secretName: string | null;
  /** The Ingress has rules for this very host, and does not merely answer for any. */
  readonly isRuled: boolean;
  readonly place: Place;
}

export interface TlsClaims {
  readonly claims: readonly TlsClaim[];
  readonly findings: readonly Finding[];
}

/** The claims in the order of `spec.tls`. */
export function claimTls({ ingress, hosts }: IngressClaims): TlsClaims {
  const claims: TlsClaim[] = [];
  const findings: Finding[] = [];
  const ruled = new Set(hosts.map(({ host }) => host));
  for (const [index, tls] of ingress.tls.entries()) {
    const entry = { ingress, index, tls, ruled };
    for (const wanted of wantedHosts(entry, findings)) claims.push(claimOf(entry, wanted));
  }
  return { claims, findings };
}

interface Entry {
  readonly ingress: Ingress;
  readonly index: number;
  readonly tls: IngressTls;
  /** Hosts that the Ingress claims by its rules. */
  readonly ruled: ReadonlySet<string>;
}

function claimOf({ ingress, index, tls, ruled }: Entry, host: string): TlsClaim {
  const { namespace, name, createdAtMs } = ingress;
  return {
    id: `${namespace}/${name}`,
    createdAtMs,
    namespace,
    host,
    secretName: tls.secretName,
    isRuled: ruled.has(host),
    place: { object: ingress, field: `spec.tls[${index}].secretName` },
  };
}

function wantedHosts(entry: Entry, findings: Finding[]): ReadonlySet<string> {
  const { ingress, index, tls, ruled } = entry;
  const named = [...ruled].filter((host) => host !== ANY_HOST);
  if (tls.hosts.length === 0) {
    // Kubernetes leaves it to the controller what an entry without hosts means.
    if (named.length > 0) return new Set(named);
    const place = { object: ingress, field: `spec.tls[${index}].hosts` };
    const message = 'neither the entry nor a rule names a host that the certificate is for';
    findings.push(findingAt(place, 'TlsHostWithoutRule', message));
    return new Set();
  }
  const wanted = new Set<string>();
  for (const [hostIndex, text] of tls.hosts.entries()) {
    const place = { object: ingress, field: `spec.tls[${index}].hosts[${hostIndex}]` };
    const host = parseHost(text);
    if (!host.ok) {
      findings.push(findingAt(place, 'InvalidHost', host.mistake));
      continue;
    }
    const suffix = host.value.startsWith('*.') ? host.value.slice(1) : null;
    const under = suffix === null ? [] : named.filter((one) => isUnder(one, suffix));
    const hosts = ruled.has(host.value) || ruled.has(ANY_HOST) ? [host.value, ...under] : under;
    for (const one of hosts) wanted.add(one);
    if (hosts.length > 0) continue;
    const message = `no rule of the Ingress is for host ${quote(host.value)}`;
    findings.push(findingAt(place, 'TlsHostWithoutRule', message));
  }
  return wanted;
}

/** `suffix` begins with a dot; a wildcard stands for one label. */
function isUnder(host: string, suffix: string): boolean {
  return host.indexOf('.') === host.length - suffix.length && host.endsWith(suffix);
}

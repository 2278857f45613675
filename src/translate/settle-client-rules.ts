// Decides which certificates the clients of one host show: what the senior Ingress asks for that
// asks at all, in the namespace that has the host: nobody else may ask its clients for anything.
// Any host is nobody's: who names no host, or an unknown one, would have to show a certificate
// before we know whom it asks for. If the authorities cannot be had the rules stay, and nobody
// fulfils them.

import { formatRef } from '#base/problem.ts';
import { quote } from '#base/quote.ts';
import type { ClientRules } from '#plan/routing-plan.ts';
import type { ClientCertificateWish } from './annotations/client-certificate.ts';
import { readAuthorities } from './authorities.ts';
import type { HostClaims } from './claim.ts';
import { ANY_HOST } from './host-name.ts';
import type { SettledPassthrough } from './passthrough.ts';
import { type Finding, findingAt, refOf } from './problems.ts';
import type { Secrets } from './translate-input.ts';

export interface SettledClientRules {
  /** Null if clients need show none. */
  readonly rules: ClientRules | null;
  /** Those that have a say in the routes of the host, the senior first. */
  readonly claimants: readonly HostClaims[];
}

export function settleClientRules(
  host: string,
  { claimants, upstream }: SettledPassthrough,
  secrets: Secrets,
  findings: Finding[],
): SettledClientRules {
  const wishes = claimants.flatMap(({ clientCertificate }) => clientCertificate ?? []);
  if (upstream !== null) {
    const message = 'connections are passed through, so their certificates are for the backend';
    for (const { place } of wishes) {
      findings.push(findingAt(place, 'ClientCertificateConflict', message));
    }
    return { rules: null, claimants };
  }
  if (host === ANY_HOST) return withoutRules(claimants, findings, 'no host is named');
  const isOwn = ({ ingress }: HostClaims): boolean =>
    ingress.namespace === claimants[0]?.ingress.namespace;
  const [senior] = claimants.filter(isOwn).flatMap((one) => one.clientCertificate ?? []);
  if (senior === undefined) {
    const holder = claimants[0] === undefined ? '' : formatRef(refOf(claimants[0].ingress));
    return withoutRules(claimants, findings, `the host is that of ${holder}`);
  }
  for (const wish of wishes) if (!isSame(wish, senior)) findings.push(conflict(wish, senior));
  const authorities = authoritiesOf(senior, secrets, findings);
  return { rules: { mode: senior.mode, authorities }, claimants };
}

/** Who asks for certificates that are not asked for is better not served than served to anybody. */
function withoutRules(
  claimants: readonly HostClaims[],
  findings: Finding[],
  why: string,
): SettledClientRules {
  for (const { clientCertificate } of claimants) {
    if (clientCertificate === null) continue;
    const message = `${why}, so clients show none and this is not served`;
    findings.push(findingAt(clientCertificate.place, 'ClientCertificateConflict', message));
  }
  return { rules: null, claimants: claimants.filter((one) => one.clientCertificate === null) };
}

/** PEM; empty if there are none. */
function authoritiesOf(
  { secret: name, place }: ClientCertificateWish,
  secrets: Secrets,
  findings: Finding[],
): string {
  // Whoever read the annotation has told why there is none.
  if (name === null) return '';
  const named = `Secret ${quote(`${name.namespace}/${name.name}`)}`;
  const secret = secrets.secret(name.namespace, name.name);
  if (secret === null) {
    findings.push(findingAt(place, 'SecretNotFound', `${named} does not exist`));
    return '';
  }
  const authorities = readAuthorities(secret);
  if (authorities.ok) return authorities.value;
  findings.push(findingAt(place, 'InvalidSecret', `${named} ${authorities.mistake}`));
  return '';
}

function isSame(a: ClientCertificateWish, b: ClientCertificateWish): boolean {
  const isSameSecret =
    a.secret?.namespace === b.secret?.namespace && a.secret?.name === b.secret?.name;
  return a.mode === b.mode && isSameSecret;
}

function conflict({ place }: ClientCertificateWish, senior: ClientCertificateWish): Finding {
  const holder = formatRef(refOf(senior.place.object));
  const message = `which certificates clients show is decided by ${holder}`;
  return findingAt(place, 'ClientCertificateConflict', message);
}

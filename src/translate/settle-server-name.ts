// Decides which certificates answer for one server name: those that Ingresses of its owner's
// namespace ask for, the senior first, as far as they can be used at this moment. Where one cannot,
// the last good one stays in its place.

import { formatTime } from '#base/format-time.ts';
import { formatRef } from '#base/problem.ts';
import { quote } from '#base/quote.ts';
import { compareSeniority } from '#plan/precedence.ts';
import type { LastGood } from './certificate-memory.ts';
import type { HostClaims } from './claim.ts';
import { type Finding, findingAt, refOf } from './problems.ts';
import type { ReadCertificate, ServerCertificate } from './server-certificate.ts';
import type { TlsClaim } from './tls-claim.ts';

export interface ServerNameCase {
  readonly host: string;
  /** In any order, one at least. */
  readonly claims: readonly TlsClaim[];
  /** What the Secret of a claim holds; null if there is none. */
  readonly read: (claim: TlsClaim) => ReadCertificate | null;
  /** Of the virtual host that answers for this name: of the host, or of a wildcard, or of any. */
  readonly owner: HostClaims;
  readonly lastGood: LastGood | null;
  readonly nowMs: number;
}

export interface SettledServerName {
  readonly claims: readonly TlsClaim[];
  /** The senior of those that count; null if none does. */
  readonly holder: TlsClaim | null;
  /** One for each algorithm; empty where the default certificate has to do. */
  readonly certificates: readonly ServerCertificate[];
  readonly lastGood: LastGood | null;
  readonly findings: readonly Finding[];
  /** When time alone will decide otherwise: the next moment at which one begins or ends. */
  readonly recheckAtMs: number;
}

export function settleServerName(question: ServerNameCase): SettledServerName {
  const { claims, owner } = question;
  const findings: Finding[] = [];
  const own: TlsClaim[] = [];
  for (const claim of claims.toSorted(compareClaims)) {
    const mistake = intrusion(claim, owner);
    if (mistake === null) own.push(claim);
    else findings.push(mistake);
  }
  const [holder] = own;
  if (holder === undefined) return { ...NOTHING, claims, findings };
  return { claims, holder, ...choose(question, { senior: holder, claims: own }, findings) };
}

/** Why a claim does not count: the name is somebody else's. Null if it does count. */
function intrusion({ host, namespace, isRuled, place }: TlsClaim, owner: HostClaims) {
  const holder = formatRef(refOf(owner.ingress));
  if (namespace !== owner.ingress.namespace) {
    const message =
      `${quote(host)} is a host of ${holder}, so only an Ingress in namespace ` +
      `${quote(owner.ingress.namespace)} may say which certificate it shows`;
    return findingAt(place, 'HostOfAnotherNamespace', message);
  }
  if (isRuled || owner.host !== host) return null;
  const message =
    `the rules for host ${quote(host)} are in ${holder}: ` +
    'name the certificate there, or add a rule for the host here';
  return findingAt(place, 'TlsHostWithoutRule', message);
}

const NOTHING = {
  holder: null,
  certificates: [],
  lastGood: null,
  recheckAtMs: Number.POSITIVE_INFINITY,
} as const;

/** `claims` are those of one namespace, the senior first. */
function choose(
  { read, lastGood, nowMs, host }: ServerNameCase,
  { senior, claims }: { readonly senior: TlsClaim; readonly claims: readonly TlsClaim[] },
  findings: Finding[],
): Omit<SettledServerName, 'claims' | 'holder'> {
  const held = new Map<string, { readonly value: ServerCertificate; readonly claim: TlsClaim }>();
  let isWhole = true;
  let recheckAtMs = Number.POSITIVE_INFINITY;
  for (const claim of claims) {
    const answer = read(claim);
    if (answer?.ok === true) {
      recheckAtMs = Math.min(recheckAtMs, nextChangeMs(answer.value, nowMs));
    }
    const mistake = mistakeIn(claim, answer, { host, nowMs });
    if (mistake !== null) findings.push(mistake);
    if (mistake !== null || answer?.ok !== true) {
      isWhole = false;
      continue;
    }
    const { value } = answer;
    const holder = held.get(value.algorithm);
    if (holder === undefined) held.set(value.algorithm, { value, claim });
    else if (holder.value.name !== value.name) findings.push(conflict(claim, holder.claim));
  }
  const { namespace } = senior;
  const kept = lastGood?.namespace === namespace ? lastGood.certificates : [];
  if (!isWhole) {
    for (const value of kept) {
      if (!held.has(value.algorithm)) held.set(value.algorithm, { value, claim: senior });
    }
  }
  const certificates = Array.from(held.values(), ({ value }) => value);
  certificates.sort((a, b) => (a.algorithm < b.algorithm ? -1 : 1));
  return { certificates, lastGood: { namespace, certificates }, findings, recheckAtMs };
}

function mistakeIn(
  { place, namespace, secretName }: TlsClaim,
  answer: ReadCertificate | null,
  { host, nowMs }: { readonly host: string; readonly nowMs: number },
): Finding | null {
  const named =
    secretName === null
      ? 'the default certificate'
      : `Secret ${quote(`${namespace}/${secretName}`)}`;
  if (answer === null) {
    const reason = secretName === null ? 'NoDefaultCertificate' : 'SecretNotFound';
    const remedy = secretName === null ? ': name a Secret, or set --default-tls-secret' : '';
    return findingAt(place, reason, `${named} does not exist${remedy}`);
  }
  if (!answer.ok) return findingAt(place, answer.reason, `${named} ${answer.mistake}`);
  const late = untimely(answer.value, nowMs);
  if (late !== null) return findingAt(place, late.reason, `${named} ${late.mistake}`);
  if (covers(answer.value, host)) return null;
  const message = `${named} is not for host ${quote(host)} but for ${namesOf(answer.value)}`;
  return findingAt(place, 'HostNotCovered', message);
}

function namesOf({ names }: ServerCertificate): string {
  const told = [...names].slice(0, NAMES_TOLD_MAX).map(quote);
  if (told.length === 0) return 'no DNS name: a common name does not count';
  const more = names.size - told.length;
  return more > 0 ? `${told.join(', ')} and ${more} more` : told.join(', ');
}

/** A certificate may be for hundreds. */
const NAMES_TOLD_MAX = 3;

/** What is wrong with a certificate at this time; null if nothing is. */
export function untimely({ notBeforeMs, notAfterMs }: ServerCertificate, nowMs: number) {
  if (nowMs < notBeforeMs) {
    return {
      reason: 'CertificateNotYetValid',
      mistake: `is valid from ${formatTime(notBeforeMs)}`,
    };
  }
  if (nowMs < notAfterMs) return null;
  return { reason: 'CertificateExpired', mistake: `has expired on ${formatTime(notAfterMs)}` };
}

/** When `untimely` will say something else. */
export function nextChangeMs({ notBeforeMs, notAfterMs }: ServerCertificate, nowMs: number) {
  if (nowMs < notBeforeMs) return notBeforeMs;
  return nowMs < notAfterMs ? notAfterMs : Number.POSITIVE_INFINITY;
}

/** RFC 9525 6.3: a wildcard stands for the whole first label. */
function covers({ names }: ServerCertificate, host: string): boolean {
  const dot = host.indexOf('.');
  return names.has(host) || (dot > 0 && names.has(`*${host.slice(dot)}`));
}

function conflict(loser: TlsClaim, winner: TlsClaim): Finding {
  const { object, field } = winner.place;
  const holder = `${formatRef(refOf(object))} (${field})`;
  const message = `the certificate of host ${quote(loser.host)} is that of ${holder}`;
  return findingAt(loser.place, 'CertificateConflict', message);
}

/** Whoever has rules for a host comes before those that answer for any. */
function compareClaims(a: TlsClaim, b: TlsClaim): number {
  if (a.isRuled !== b.isRuled) return a.isRuled ? -1 : 1;
  return compareSeniority(a, b);
}

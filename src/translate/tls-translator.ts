// Which certificates answer for which server name, over and over: it keeps what it made of each
// name, and decides again only about those that a change, or the time, has a part in. Where Secrets
// are wrong it falls back on what they last gave rightly; else the objects alone decide.

import { present } from '#base/assert.ts';
import { Groups } from '#base/groups.ts';
import type { Sliced } from '#base/sliced.ts';
import { EMPTY_LIST, replaceInSlices, type SortedList } from '#base/sorted-list.ts';
import type { Certificate, ServerName, TlsPlan } from '#plan/tls-plan.ts';
import type { CertificateMemory } from './certificate-memory.ts';
import { DefaultCertificate } from './default-certificate.ts';
import { ANY_HOST } from './host-name.ts';
import { type HostOwners, ownerOfName, wildcardAbove } from './host-owner.ts';
import type { Finding } from './problems.ts';
import { type ReadCertificate, readServerCertificate } from './server-certificate.ts';
import { type SettledServerName, settleServerName } from './settle-server-name.ts';
import type { TlsClaim } from './tls-claim.ts';
import type { SecretName, Secrets, TlsOptions } from './translate-input.ts';
import { WildcardReach } from './wildcard-reach.ts';

export interface TlsRound {
  readonly secrets: Secrets;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  readonly owners: HostOwners;
}

/** A host that was settled; empty for the default certificate. */
export interface TlsOutcome {
  readonly host: string;
  readonly findings: readonly Finding[];
  /** A certificate answers for it and none did, or the other way round. */
  readonly hasTurned: boolean;
}

/** What has changed in the plan, by name; null for what is gone. */
interface TlsChanges {
  readonly names: Map<string, ServerName | null>;
  readonly certificates: Map<string, Certificate | null>;
}

/** The key under which hosts are kept that need the default certificate. */
const DEFAULT = 'default';

export class TlsTranslator {
  readonly #options: TlsOptions;
  readonly #memory: CertificateMemory;
  readonly #default: DefaultCertificate;
  readonly #claims = new Map<string, readonly TlsClaim[]>();
  readonly #claimants = new Groups<TlsClaim>();
  /** Hosts that are asked for without rules for them: whose they are, others' rules decide. */
  readonly #unruled = new Groups<TlsClaim>();
  /** Hosts by the Secret that they ask for. */
  readonly #askers = new Groups<string>();
  readonly #settled = new Map<string, SettledServerName>();
  readonly #reach = new WildcardReach();
  /** What answers for a host; for the empty host, where nothing else does. */
  readonly #shown = new Map<string, readonly Certificate[]>();
  /** Hosts by the name of a certificate that answers for them. */
  readonly #bearers = new Groups<string>();
  /** Hosts to be settled again. */
  #touched = new Set<string>();
  #serverNames: SortedList<ServerName> = EMPTY_LIST;
  #certificates: SortedList<Certificate> = EMPTY_LIST;
  /** Borne by the host without a name. */
  #fallback: Certificate | null = null;
  #recheckAtMs = Number.POSITIVE_INFINITY;

  constructor(options: TlsOptions, memory: CertificateMemory) {
    this.#options = options;
    this.#memory = memory;
    this.#default = new DefaultCertificate(options, memory.lastGood);
    // What is remembered of hosts that nobody asks for any more is forgotten.
    for (const host of memory.lastGood.keys()) if (host !== '') this.#touched.add(host);
  }

  /** When time alone may decide otherwise, in milliseconds since 1970; infinite for never. */
  get recheckAtMs(): number {
    return Math.min(this.#recheckAtMs, this.#default.recheckAtMs);
  }

  /** Takes what an Ingress asks for, in the place of what it has asked for until here. */
  replace(id: string, claims: readonly TlsClaim[]): void {
    const before = this.#claims.get(id) ?? [];
    for (const claim of before) {
      this.#claimants.delete(claim.host, claim);
      this.#unruled.delete(claim.host, claim);
    }
    for (const claim of claims) {
      this.#claimants.add(claim.host, claim);
      if (!claim.isRuled) this.#unruled.add(claim.host, claim);
    }
    for (const { host } of [...before, ...claims]) this.#touched.add(host);
    if (claims.length > 0) this.#claims.set(id, claims);
    else this.#claims.delete(id);
  }

  /** This Secret is another one than before, has come, or has gone. */
  touchSecret({ namespace, name }: SecretName): void {
    const { defaultSecret } = this.#options;
    const isDefault = defaultSecret?.namespace === namespace && defaultSecret.name === name;
    const askers = [
      ...this.#askers.get(`${namespace}/${name}`),
      ...(isDefault ? this.#askers.get(DEFAULT) : []),
    ];
    for (const host of askers) this.#touched.add(host);
  }

  /** The Secrets that hosts ask for, as `namespace/name`. */
  askedFor(): readonly string[] {
    return [...this.#askers.keys()].filter((key) => key !== DEFAULT);
  }

  /** Who has rules for this host has changed. */
  touchHost(host: string): void {
    const isAsked = this.#claimants.get(host).size > 0;
    if (isAsked || this.#reach.concerns(host)) this.#touched.add(host);
    for (const name of this.#unruled.keys()) {
      if (host === ANY_HOST || wildcardAbove(name) === host) this.#touched.add(name);
    }
  }

  /** Whether a certificate answers for this host: its own, or that of the wildcard above it. */
  hasCertificate(host: string): boolean {
    return this.#hasOwn(host) || this.#reach.covers(host);
  }

  /** Settles all that has been touched, or that the time has touched. */
  *settle(round: TlsRound): Sliced<readonly TlsOutcome[]> {
    this.#touchDue(round.nowMs);
    const outcomes: TlsOutcome[] = [
      { host: '', findings: this.#settleDefault(round), hasTurned: false },
    ];
    const changes: TlsChanges = { names: new Map(), certificates: new Map() };
    this.#replaceFallback(changes);
    const hosts = this.#touched;
    this.#touched = new Set();
    // What wildcards come to has a part in the hosts under them.
    for (const host of [...hosts].filter(isWildcard)) {
      outcomes.push(this.#turn(host, round, changes));
      const { owner, holder } = this.#wildcardOf(host, round);
      const under = this.#reach.replace(host, owner, holder) ? round.owners.hostsUnder(host) : [];
      for (const one of under) hosts.add(one);
      yield;
    }
    for (const host of hosts) {
      if (isWildcard(host)) continue;
      outcomes.push(this.#turn(host, round, changes));
      yield;
    }
    this.#serverNames = yield* replaceInSlices(
      this.#serverNames,
      changes.names,
      ({ host }) => host,
    );
    this.#certificates = yield* replaceInSlices(
      this.#certificates,
      changes.certificates,
      ({ name }) => name,
    );
    return outcomes;
  }

  get plan(): TlsPlan {
    return {
      serverNames: this.#serverNames,
      certificates: this.#certificates,
      fallback: this.#fallback,
      ticketSecret: this.#default.ticketSecret,
    };
  }

  #settleDefault({ secrets, nowMs }: TlsRound): readonly Finding[] {
    const { defaultSecret } = this.#options;
    const answer = defaultSecret === null ? null : this.#readSecret(defaultSecret, secrets);
    return this.#default.settle(answer, secrets, nowMs);
  }

  #replaceFallback(changes: TlsChanges): void {
    const fallback = this.#default.certificate;
    if (fallback?.name === this.#fallback?.name) return;
    for (const host of this.#reach.shielded()) this.#touched.add(host);
    this.#bear('', asList(fallback), changes);
    this.#fallback = fallback;
  }

  #turn(host: string, round: TlsRound, changes: TlsChanges): TlsOutcome {
    const before = { hadOwn: this.#hasOwn(host), wasShielded: this.#reach.isShielded(host) };
    const settled = this.#settle(host, round);
    this.#exchange(host, settled);
    const hasOwn = this.#hasOwn(host);
    const shielding = this.#reach.settle(host, hasOwn ? null : round.owners.owner(host));
    const isShielded = this.#reach.isShielded(host);
    const shown = isShielded ? asList(this.#fallback) : (settled?.certificates ?? []);
    this.#bear(host, shown, changes);
    const hasTurned = hasOwn !== before.hadOwn || isShielded !== before.wasShielded;
    return { host, findings: [...(settled?.findings ?? []), ...shielding], hasTurned };
  }

  /** With its certificate: nobody's if it has none. */
  #wildcardOf(host: string, { owners }: TlsRound) {
    const holder = this.#hasOwn(host) ? (this.#settled.get(host)?.holder ?? null) : null;
    return { owner: holder === null ? null : ownerOfName(host, owners), holder };
  }

  /** Null for a host that nobody asks for any more. */
  #settle(host: string, { secrets, nowMs, owners }: TlsRound): SettledServerName | null {
    const { lastGood } = this.#memory;
    const claims = [...this.#claimants.get(host)];
    if (claims.length === 0) {
      lastGood.delete(host);
      return null;
    }
    const settled = settleServerName({
      host,
      claims,
      owner: present(ownerOfName(host, owners), 'whoever asks for a name has rules for it'),
      lastGood: lastGood.get(host) ?? null,
      nowMs,
      read: (claim) => this.#read(claim, secrets),
    });
    if (settled.lastGood === null) lastGood.delete(host);
    else lastGood.set(host, settled.lastGood);
    return settled;
  }

  /** Keeps the indices. */
  #exchange(host: string, settled: SettledServerName | null): void {
    const before = this.#settled.get(host) ?? null;
    for (const claim of before?.claims ?? []) this.#askers.delete(askedBy(claim), host);
    for (const claim of settled?.claims ?? []) this.#askers.add(askedBy(claim), host);
    if (settled === null) this.#settled.delete(host);
    else this.#settled.set(host, settled);
    this.#recheckAtMs = Math.min(this.#recheckAtMs, settled?.recheckAtMs ?? this.#recheckAtMs);
  }

  /** These certificates answer for `host`, in the place of those before. */
  #bear(host: string, shown: readonly Certificate[], { names, certificates }: TlsChanges): void {
    for (const { name } of this.#shown.get(host) ?? []) {
      this.#bearers.delete(name, host);
      if (this.#bearers.get(name).size === 0) certificates.set(name, null);
    }
    for (const certificate of shown) {
      this.#bearers.add(certificate.name, host);
      certificates.set(certificate.name, certificate);
    }
    if (shown.length > 0) this.#shown.set(host, shown);
    else this.#shown.delete(host);
    if (host !== '') names.set(host, serverNameOf(host, shown));
  }

  #touchDue(nowMs: number): void {
    if (nowMs < this.#recheckAtMs) return;
    this.#recheckAtMs = Number.POSITIVE_INFINITY;
    for (const [host, { recheckAtMs }] of this.#settled) {
      if (recheckAtMs <= nowMs) this.#touched.add(host);
      else this.#recheckAtMs = Math.min(this.#recheckAtMs, recheckAtMs);
    }
  }

  #read({ namespace, secretName }: TlsClaim, secrets: Secrets): ReadCertificate | null {
    const { defaultSecret } = this.#options;
    const name = secretName === null ? defaultSecret : { namespace, name: secretName };
    return name === null ? null : this.#readSecret(name, secrets);
  }

  #readSecret({ namespace, name }: SecretName, secrets: Secrets): ReadCertificate | null {
    const secret = secrets.secret(namespace, name);
    if (secret === null) return null;
    const { reads } = this.#memory;
    const known = reads.get(secret) ?? readServerCertificate(secret);
    reads.set(secret, known);
    return known;
  }

  #hasOwn(host: string): boolean {
    return (this.#settled.get(host)?.certificates.length ?? 0) > 0;
  }
}

function asList(certificate: Certificate | null): readonly Certificate[] {
  return certificate === null ? [] : [certificate];
}

function askedBy({ namespace, secretName }: TlsClaim): string {
  return secretName === null ? DEFAULT : `${namespace}/${secretName}`;
}

function serverNameOf(host: string, shown: readonly Certificate[]): ServerName | null {
  return shown.length === 0 ? null : { host, certificates: shown.map(({ name }) => name) };
}

function isWildcard(host: string): boolean {
  return host.startsWith('*.');
}

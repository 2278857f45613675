// Which certificates answer for which server name, over and over: it keeps what it made of each
// name, and decides again only about those that a change, or the time, has a part in. Where Secrets
// are wrong it falls back on what they last gave rightly; else the objects alone decide.

import { Groups } from '#base/groups.ts';
import type { Sliced } from '#base/sliced.ts';
import { replaceInList } from '#base/sorted-list.ts';
import type { Certificate, ServerName, TlsPlan } from '#plan/tls-plan.ts';
import type { CertificateMemory } from './certificate-memory.ts';
import { DefaultCertificate } from './default-certificate.ts';
import type { Finding } from './problems.ts';
import { type ReadCertificate, readServerCertificate } from './server-certificate.ts';
import { type SettledServerName, settleServerName } from './settle-server-name.ts';
import type { TlsClaim } from './tls-claim.ts';
import type { SecretName, Secrets, TlsOptions } from './translate-input.ts';

export interface TlsRound {
  readonly secrets: Secrets;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Some Ingress has rules for this very host. */
  readonly hasRules: (host: string) => boolean;
}

/** A host that was settled; empty for the default certificate. */
export interface TlsOutcome {
  readonly host: string;
  readonly findings: readonly Finding[];
  /** It has a certificate and had none, or the other way round. */
  readonly hasTurned: boolean;
}

/** The key under which hosts are kept that need the default certificate. */
const DEFAULT = 'default';

export class TlsTranslator {
  readonly #options: TlsOptions;
  readonly #memory: CertificateMemory;
  readonly #default: DefaultCertificate;
  readonly #claims = new Map<string, readonly TlsClaim[]>();
  readonly #claimants = new Groups<TlsClaim>();
  /** Hosts by the Secret that they ask for. */
  readonly #askers = new Groups<string>();
  readonly #settled = new Map<string, SettledServerName>();
  /** Hosts by the name of a certificate that answers for them. */
  readonly #bearers = new Groups<string>();
  /** Hosts to be settled again. */
  #touched = new Set<string>();
  #serverNames: readonly ServerName[] = [];
  #certificates: readonly Certificate[] = [];
  /** Borne by the host without a name. */
  #fallback: Certificate | null = null;
  #recheckAtMs = Number.POSITIVE_INFINITY;

  constructor(options: TlsOptions, memory: CertificateMemory) {
    this.#options = options;
    this.#memory = memory;
    this.#default = new DefaultCertificate(options, memory.lastGood);
  }

  /** When time alone may decide otherwise, in milliseconds since 1970; infinite for never. */
  get recheckAtMs(): number {
    return Math.min(this.#recheckAtMs, this.#default.recheckAtMs);
  }

  /** Takes what an Ingress asks for, in the place of what it has asked for until here. */
  replace(id: string, claims: readonly TlsClaim[]): void {
    const before = this.#claims.get(id) ?? [];
    for (const claim of before) this.#claimants.delete(claim.host, claim);
    for (const claim of claims) this.#claimants.add(claim.host, claim);
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
    if (this.#claimants.get(host).size > 0) this.#touched.add(host);
  }

  /** Whether a certificate answers for this host: its own, or that of the wildcard above it. */
  hasCertificate(host: string): boolean {
    const dot = host.indexOf('.');
    return this.#hasOwn(host) || (dot > 0 && this.#hasOwn(`*${host.slice(dot)}`));
  }

  /** Settles all that has been touched, or that the time has touched. */
  *settle(round: TlsRound): Sliced<readonly TlsOutcome[]> {
    this.#touchDue(round.nowMs);
    const outcomes: TlsOutcome[] = [
      { host: '', findings: this.#settleDefault(round), hasTurned: false },
    ];
    const hosts = this.#touched;
    this.#touched = new Set();
    const fallback = this.#default.certificate;
    const names = new Map<string, ServerName | null>();
    const certificates = new Map<string, Certificate | null>();
    this.#bear('', asList(this.#fallback), asList(fallback), certificates);
    this.#fallback = fallback;
    for (const host of hosts) {
      const settled = this.#settle(host, round);
      const had = this.#hasOwn(host);
      this.#exchange(host, settled, certificates);
      const hasTurned = this.#hasOwn(host) !== had;
      outcomes.push({ host, findings: settled?.findings ?? [], hasTurned });
      names.set(host, serverNameOf(host, settled));
      yield;
    }
    this.#serverNames = replaceInList(this.#serverNames, names, ({ host }) => host);
    this.#certificates = replaceInList(this.#certificates, certificates, ({ name }) => name);
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

  /** Null for a host that nobody asks for any more. */
  #settle(host: string, { secrets, nowMs, hasRules }: TlsRound): SettledServerName | null {
    const { lastGood } = this.#memory;
    const claims = [...this.#claimants.get(host)];
    if (claims.length === 0) {
      lastGood.delete(host);
      return null;
    }
    const settled = settleServerName({
      host,
      claims,
      hasRules: hasRules(host),
      lastGood: lastGood.get(host) ?? null,
      nowMs,
      read: (claim) => this.#read(claim, secrets),
    });
    if (settled.lastGood === null) lastGood.delete(host);
    else lastGood.set(host, settled.lastGood);
    return settled;
  }

  /** Keeps the indices, and notes the certificates that have come or gone. */
  #exchange(
    host: string,
    settled: SettledServerName | null,
    changes: Map<string, Certificate | null>,
  ): void {
    const before = this.#settled.get(host) ?? null;
    for (const claim of before?.claims ?? []) this.#askers.delete(askedBy(claim), host);
    for (const claim of settled?.claims ?? []) this.#askers.add(askedBy(claim), host);
    this.#bear(host, before?.certificates ?? [], settled?.certificates ?? [], changes);
    if (settled === null) this.#settled.delete(host);
    else this.#settled.set(host, settled);
    this.#recheckAtMs = Math.min(this.#recheckAtMs, settled?.recheckAtMs ?? this.#recheckAtMs);
  }

  /** `host` has other certificates than before. */
  #bear(
    host: string,
    before: readonly Certificate[],
    after: readonly Certificate[],
    changes: Map<string, Certificate | null>,
  ): void {
    for (const { name } of before) {
      this.#bearers.delete(name, host);
      if (this.#bearers.get(name).size === 0) changes.set(name, null);
    }
    for (const certificate of after) {
      this.#bearers.add(certificate.name, host);
      changes.set(certificate.name, certificate);
    }
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

function serverNameOf(host: string, settled: SettledServerName | null): ServerName | null {
  if (settled === null || settled.certificates.length === 0) return null;
  return { host, certificates: settled.certificates.map(({ name }) => name) };
}

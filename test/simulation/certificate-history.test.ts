// Certificates come, are renewed, broken, deleted, moved between Ingresses and run out, in two
// namespaces that want each other's hosts. After each step a translator that has seen it all says
// what a fresh one with the same memory says, nobody is shown a certificate of a stranger, and a
// host that had a good certificate is not left without one.

import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { finish } from '#base/sliced.ts';
import { EMPTY_LIST, valuesOf } from '#base/sorted-list.ts';
import type { Ingress, Secret } from '#kubernetes/resources.ts';
import { Store } from '#kubernetes/store.ts';
import { printPlan } from '#plan/print-plan.ts';
import type { TlsPlan } from '#plan/tls-plan.ts';
import { type CertificateMemory, newCertificateMemory } from '#translate/certificate-memory.ts';
import { readServerCertificate } from '#translate/server-certificate.ts';
import { type Translation, Translator } from '#translate/translator.ts';
import {
  type CertificateOptions,
  makeCertificate,
  plannedCertificate,
} from '../support/make-certificate.ts';
import { ingress, prefix } from '../support/resources.ts';
import { NOW_MS, optionsOf } from '../support/translate-options.ts';

const DAY_MS = 86_400_000;
const NAMESPACES = ['bbs', 'shop'] as const;
const HOSTS = ['a.example', 'b.example', '*.example', null] as const;
const SERVER_NAMES = ['a.example', 'b.example', 'c.example', '*.example'];
const SELF_SIGNED = plannedCertificate({ names: [] });
const OPTIONS = optionsOf({
  defaultSecret: { namespace: 'ops', name: 'web' },
  selfSigned: () => ({ certificate: SELF_SIGNED, renewAtMs: Number.POSITIVE_INFINITY }),
});

type Namespace = (typeof NAMESPACES)[number] | 'ops';
type Content = (typeof CONTENTS)[number];

// biome-ignore format: a table
const KINDS = {
  good:    {},
  renewed: {},
  rsa:     { algorithm: 'rsa' },
  ending:  { notAfter: new Date(NOW_MS + 2 * DAY_MS) },
  early:   { notBefore: new Date(NOW_MS + 2 * DAY_MS) },
  single:  { names: ['a.example'] },
  foreign: { names: ['other.test'] },
} as const satisfies Record<string, Partial<CertificateOptions>>;
const CONTENTS = [...(Object.keys(KINDS) as (keyof typeof KINDS)[]), 'broken', 'torn'] as const;

/** Secrets of each namespace, each content once: no two namespaces have one certificate. */
const secrets = new Map<string, ReadonlyMap<string, Uint8Array>>();
/** The namespaces of certificates, by the names that these have in the plan. */
const holders = new Map([[SELF_SIGNED.name, 'ops']]);

beforeAll(() => {
  for (const namespace of [...NAMESPACES, 'ops'] as const) {
    for (const [content, options] of Object.entries(KINDS)) {
      const names = ['a.example', '*.example'];
      const { certificate, key } = makeCertificate({ names, ...options });
      const values = { 'tls.crt': Buffer.from(certificate), 'tls.key': Buffer.from(key) };
      secrets.set(`${namespace} ${content}`, new Map(Object.entries(values)));
      const read = readServerCertificate(secretOf(namespace, 'web', content as Content));
      holders.set(read.ok ? read.value.name : '', namespace);
    }
    const good = secrets.get(`${namespace} good`)?.get('tls.crt') ?? Buffer.alloc(0);
    const other = secrets.get(`${namespace} renewed`)?.get('tls.key') ?? Buffer.alloc(0);
    secrets.set(
      `${namespace} torn`,
      new Map([
        ['tls.crt', good],
        ['tls.key', other],
      ]),
    );
    secrets.set(`${namespace} broken`, new Map([['tls.crt', Buffer.from('-----BEGIN')]]));
  }
});

function secretOf(namespace: Namespace, name: string, content: Content): Secret {
  const values = secrets.get(`${namespace} ${content}`) ?? new Map();
  const metadata = { namespace, name, uid: null, createdAtMs: null, locate: null };
  return { ...metadata, kind: 'Secret', type: 'kubernetes.io/tls', values };
}

const name = fc.constantFrom('web', 'api');
const anIngress = fc
  .record({
    namespace: fc.constantFrom(...NAMESPACES),
    name,
    createdAtMs: fc.constantFrom(null, 1_000, 2_000, 3_000),
    annotations: fc.constantFrom(new Map(), new Map(), new Map([['tls-passthrough', 'true']])),
    hosts: fc.uniqueArray(fc.constantFrom(...HOSTS), { minLength: 1, maxLength: 2 }),
    tls: fc.array(
      fc.record({
        hosts: fc.subarray(['a.example', 'b.example', 'c.example', '*.example']),
        secretName: fc.option(name),
      }),
      { maxLength: 2 },
    ),
  })
  .map(({ hosts, ...fields }) =>
    ingress({ ...fields, rules: hosts.map((host) => ({ host, paths: [prefix('/')] })) }),
  );
const aSecret = fc
  .tuple(fc.constantFrom(...NAMESPACES, 'ops' as const), name, fc.constantFrom(...CONTENTS))
  .map(([namespace, secretName, content]) => ({ namespace, name: secretName, content }));
const step = fc.record({
  action: fc.constantFrom('ingress', 'ingress', 'secret', 'secret', 'delete', 'forget', 'wait'),
  ingress: anIngress,
  secret: aSecret,
  /** Several changes may come before the next translation. */
  isLast: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class History {
  readonly #store = new Store();
  readonly #memory = newCertificateMemory();
  readonly #translator = new Translator(OPTIONS, this.#memory);
  #nowMs = NOW_MS;
  #isFirst = true;
  #before: ReadonlyMap<string, string> = new Map();
  /** What has been seen, so that the history is not an empty one. */
  readonly seen = { own: 0, wildcard: 0, kept: 0, refused: 0 };

  take({ action, ingress: object, secret }: Step): void {
    const { namespace, name: secretName, content } = secret;
    if (action === 'ingress') this.#store.upsert(object);
    if (action === 'secret') this.#store.upsert(secretOf(namespace, secretName, content));
    if (action === 'delete') this.#store.delete(object);
    if (action === 'forget') this.#store.delete({ kind: 'Secret', namespace, name: secretName });
    if (action === 'wait') this.#nowMs += DAY_MS;
  }

  check(): void {
    const memory = copyOf(this.#memory);
    const fresh = finish(new Translator(OPTIONS, memory).translate(this.#store, null, this.#nowMs));
    const changes = this.#store.takeChanges();
    const since = this.#isFirst ? null : changes;
    this.#isFirst = false;
    const seasoned = finish(this.#translator.translate(this.#store, since, this.#nowMs));
    expect(textOf(seasoned)).toEqual(textOf(fresh));
    // To look too early does no harm.
    expect(seasoned.recheckAtMs).toBeLessThanOrEqual(fresh.recheckAtMs);
    expect(lastGoodOf(this.#memory)).toEqual(lastGoodOf(memory));
    this.#checkOwn(seasoned.tls);
    for (const host of SERVER_NAMES) this.#checkShown(host, seasoned.tls);
    this.seen.refused += seasoned.problems.filter(
      ({ reason }) => reason === 'HostOfAnotherNamespace',
    ).length;
  }

  /** Who asks for a certificate in the namespace that had a good one still has one. */
  #checkOwn({ serverNames }: TlsPlan): void {
    const own = new Map<string, string>();
    for (const { host, certificates } of valuesOf(serverNames)) {
      const namespaces = certificates.map((one) => holders.get(one) ?? 'nobody');
      own.set(host, namespaces.find((one) => one !== 'ops') ?? 'ops');
    }
    for (const [host, namespace] of this.#before) {
      const owner = this.#owner(host);
      if (owner?.namespace !== namespace || !this.#isAsked(host, namespace)) continue;
      // Whoever asks for the default certificate has it in place of an own one.
      expect([namespace, 'ops'], `what ${host} had`).toContain(own.get(host));
      this.seen.kept += 1;
    }
    this.#before = new Map([...own].filter(([, namespace]) => namespace !== 'ops'));
    this.seen.own += this.#before.size;
  }

  /** A certificate is of whom the host is, or of a wildcard that was there first, or of nobody. */
  #checkShown(host: string, tls: TlsPlan): void {
    const names = new Map([...valuesOf(tls.serverNames)].map((one) => [one.host, one]));
    const owner = this.#owner(host) ?? this.#owner('*.example') ?? this.#owner(null);
    // Connections to it are the backend's.
    if (owner?.annotations.has('tls-passthrough')) return;
    const isOwn = names.has(host);
    const shown = names.get(host) ?? names.get('*.example');
    for (const certificate of shown?.certificates ?? []) {
      const namespace = holders.get(certificate);
      if (namespace === 'ops' || namespace === owner?.namespace) continue;
      expect(isOwn, `${host} of ${owner?.namespace} shows one of ${namespace}`).toBe(false);
      const wildcard = this.#owner('*.example') ?? this.#owner(null);
      const [theirs, ours] = [wildcard, owner].map((one) => one?.createdAtMs ?? Infinity);
      expect(theirs).toBeLessThanOrEqual(ours ?? 0);
      this.seen.wildcard += 1;
    }
  }

  #isAsked(host: string, namespace: string): boolean {
    return this.#store
      .ingresses()
      .some(
        (one) =>
          one.namespace === namespace &&
          !one.annotations.has('tls-passthrough') &&
          one.rules.some((rule) => rule.host === host) &&
          one.tls.some(({ hosts }) => hosts.length === 0 || hosts.includes(host)),
      );
  }

  #owner(host: string | null): Ingress | null {
    const claimants = this.#store
      .ingresses()
      .filter((one) => one.rules.some((rule) => rule.host === host))
      // Nothing without a host is passed through.
      .filter((one) => host !== null || !one.annotations.has('tls-passthrough'));
    const age = ({ createdAtMs }: Ingress): number => createdAtMs ?? Infinity;
    const id = (one: Ingress): string => `${one.namespace}/${one.name}`;
    claimants.sort((a, b) => age(a) - age(b) || (id(a) < id(b) ? -1 : 1));
    return claimants[0] ?? null;
  }
}

function copyOf({ reads, lastGood }: CertificateMemory): CertificateMemory {
  return { reads, lastGood: new Map(lastGood) };
}

function lastGoodOf({ lastGood }: CertificateMemory) {
  return [...lastGood].sort(([a], [b]) => (a < b ? -1 : 1));
}

function textOf({ plan, tls, problems }: Translation) {
  return { text: printPlan(plan, { upstreams: EMPTY_LIST }, tls), problems };
}

it('whatever happens to certificates, hosts keep what is theirs and nobody else gets it', () => {
  const seen = { own: 0, wildcard: 0, kept: 0, refused: 0 };
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }), (steps) => {
      const history = new History();
      for (const one of steps) {
        history.take(one);
        if (one.isLast) history.check();
      }
      for (const key of Object.keys(seen) as (keyof typeof seen)[]) seen[key] += history.seen[key];
    }),
    { numRuns: 200 },
  );
  // The histories come to what they are about.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
});

// What a long-lived translator of certificates does with change, with time, and with mistakes.

import { describe, expect, it } from 'vitest';
import { finish } from '#base/sliced.ts';
import { compareLists, valuesOf } from '#base/sorted-list.ts';
import type { Ingress, Secret } from '#kubernetes/resources.ts';
import type { Store } from '#kubernetes/store.ts';
import type { Certificate } from '#plan/tls-plan.ts';
import { newCertificateMemory } from '#translate/certificate-memory.ts';
import type { StandIn } from '#translate/translate-input.ts';
import { type Translation, Translator } from '#translate/translator.ts';
import {
  type CertificateOptions,
  makeCertificate,
  plannedCertificate,
} from '../support/make-certificate.ts';
import { ingress, prefix } from '../support/resources.ts';
import { storeOf } from '../support/store-of.ts';
import { NOW_MS, optionsOf } from '../support/translate-options.ts';

const HOST = 'a.example';
const DAY_MS = 86_400_000;

function secret(name: string, options: Partial<CertificateOptions> = {}): Secret {
  const { certificate, key } = makeCertificate({ names: [HOST, '*.example'], ...options });
  const values = new Map([
    ['tls.crt', Buffer.from(certificate)],
    ['tls.key', Buffer.from(key)],
  ]);
  const metadata = { namespace: 'shop', name, uid: null, createdAtMs: null, locate: null };
  return { ...metadata, kind: 'Secret', type: 'kubernetes.io/tls', values };
}

function shop(secretName: string | null, host = HOST) {
  const tls = [{ hosts: [host], secretName }];
  return ingress({ name: host.replace('*', 'any'), tls, rules: [{ host, paths: [prefix('/')] }] });
}

/** A translator over a Store. */
class Scene {
  readonly store: Store;
  #translator: Translator;
  readonly #memory = newCertificateMemory();
  readonly #options: Parameters<typeof optionsOf>[0];
  #haveBegun = false;

  constructor(store: Store, options: Parameters<typeof optionsOf>[0] = {}) {
    this.store = store;
    this.#options = options;
    this.#translator = new Translator(optionsOf(options), this.#memory);
  }

  translate(nowMs = NOW_MS): Translation {
    const changes = this.store.takeChanges();
    const since = this.#haveBegun ? changes : null;
    this.#haveBegun = true;
    return finish(this.#translator.translate(this.store, since, nowMs));
  }

  /** As after a failure of our own. */
  restart(): void {
    this.#translator = new Translator(optionsOf(this.#options), this.#memory);
    this.#haveBegun = false;
  }
}

/** The names of the certificates of a host; the reasons of the Problems of certificates. */
function summary({ tls, problems }: Translation) {
  const own = valuesOf(tls.serverNames).find(({ host }) => host === HOST)?.certificates ?? [];
  const reasons = problems.filter(({ field }) => field.includes('tls')).map(({ reason }) => reason);
  return { own, reasons };
}

describe('a host', () => {
  it('keeps its last good certificate through every mistake, and a failure of ours', () => {
    const scene = new Scene(storeOf(shop('web'), secret('web')));
    const { own } = summary(scene.translate());
    expect(own).toHaveLength(1);
    for (const [wrong, reason] of [
      [secret('web', { notAfter: new Date(NOW_MS - DAY_MS) }), 'CertificateExpired'],
      [secret('web', { names: ['b.test'] }), 'HostNotCovered'],
      [{ ...secret('web'), type: 'Opaque' }, 'InvalidSecret'],
    ] as const) {
      scene.store.upsert(wrong);
      expect(summary(scene.translate())).toEqual({ own, reasons: [reason] });
    }
    scene.store.delete({ kind: 'Secret', namespace: 'shop', name: 'web' });
    expect(summary(scene.translate())).toEqual({ own, reasons: ['SecretNotFound'] });
    scene.restart();
    expect(summary(scene.translate())).toEqual({ own, reasons: ['SecretNotFound'] });
  });

  it('forgets it once no Ingress asks for any', () => {
    const scene = new Scene(storeOf(shop('web'), secret('web')));
    scene.translate();
    scene.store.delete({ kind: 'Ingress', namespace: 'shop', name: HOST });
    scene.store.delete({ kind: 'Secret', namespace: 'shop', name: 'web' });
    expect(scene.translate().tls.certificates.length).toBe(0);
    scene.store.upsert(shop('web'));
    expect(summary(scene.translate())).toEqual({ own: [], reasons: ['SecretNotFound'] });
  });

  it('has none of another namespace, whoever had the host before', () => {
    const scene = new Scene(storeOf(shop('web'), secret('web')));
    scene.translate();
    scene.store.delete({ kind: 'Ingress', namespace: 'shop', name: HOST });
    scene.store.upsert({ ...shop('web'), namespace: 'evil' });
    expect(summary(scene.translate())).toEqual({ own: [], reasons: ['SecretNotFound'] });
  });

  it('takes a renewed certificate, and nothing of the old one stays', () => {
    const scene = new Scene(storeOf(shop('web'), secret('web')));
    const before = scene.translate().tls;
    scene.store.upsert(secret('web'));
    const after = scene.translate().tls;
    expect(after.certificates).toHaveLength(1);
    expect(after.certificates).not.toEqual(before.certificates);
    const [certificate] = valuesOf(after.certificates);
    expect(valuesOf(after.serverNames)[0]?.certificates).toEqual([certificate?.name]);
  });
});

describe('time', () => {
  it('makes a Problem of a certificate, at the moment that was foretold, and takes nothing away', () => {
    const notAfter = new Date(NOW_MS + DAY_MS);
    const scene = new Scene(storeOf(shop('web'), secret('web', { notAfter })));
    const before = scene.translate();
    expect(before.recheckAtMs).toBe(notAfter.getTime());
    expect(summary(scene.translate(before.recheckAtMs - 1)).reasons).toEqual([]);
    const after = scene.translate(before.recheckAtMs);
    expect(summary(after)).toEqual({
      own: summary(before).own,
      reasons: ['CertificateExpired'],
    });
    expect(after.recheckAtMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('brings a certificate into force', () => {
    const notBefore = new Date(NOW_MS + DAY_MS);
    const scene = new Scene(storeOf(shop('web'), secret('web', { notBefore })));
    expect(summary(scene.translate())).toEqual({ own: [], reasons: ['CertificateNotYetValid'] });
    expect(summary(scene.translate(notBefore.getTime())).own).toHaveLength(1);
  });

  it('shows in the default certificate too', () => {
    const notAfter = new Date(NOW_MS + DAY_MS);
    const defaultSecret = { namespace: 'shop', name: 'web' };
    const scene = new Scene(storeOf(secret('web', { notAfter })), { defaultSecret });
    const before = scene.translate();
    expect([before.problems, before.recheckAtMs]).toEqual([[], notAfter.getTime()]);
    const after = scene.translate(before.recheckAtMs);
    expect(after.problems.map(({ reason }) => reason)).toEqual(['CertificateExpired']);
    expect(after.tls.fallback).toEqual(before.tls.fallback);
  });
});

describe('a redirect', () => {
  const filtersOf = ({ plan }: Translation, host: string) =>
    valuesOf(plan.virtualHosts).find((one) => one.host === host)?.routes[0]?.filters;

  it('comes and goes with the certificate, under a wildcard too', () => {
    const scene = new Scene(
      storeOf(
        shop('none', '*.example'),
        ingress({ name: 'b', rules: [{ host: 'b.example', paths: [prefix('/')] }] }),
      ),
    );
    expect(filtersOf(scene.translate(), 'b.example')).toEqual([]);
    scene.store.upsert({ ...secret('none') });
    const secured = scene.translate();
    expect(filtersOf(secured, 'b.example')).toEqual([{ type: 'httpsRedirect' }]);
    expect(filtersOf(secured, '*.example')).toEqual([{ type: 'httpsRedirect' }]);
    scene.store.delete({ kind: 'Ingress', namespace: 'shop', name: 'any.example' });
    expect(filtersOf(scene.translate(), 'b.example')).toEqual([]);
  });
});

describe('a wildcard', () => {
  const [OLD_MS, YOUNG_MS] = [1_000, 2_000];
  const wildcard = (createdAtMs: number) => ({ ...shop('web', '*.example'), createdAtMs });
  const guest = (createdAtMs: number) => {
    const rules = [{ host: HOST, paths: [prefix('/')] }];
    return ingress({ namespace: 'guest', name: 'guest', createdAtMs, rules });
  };
  /** What a client of the guest's host sees, who is sent there if it is the wildcard's. */
  const shown = (scene: Scene) => {
    const { tls, plan } = scene.translate();
    const named = (name: string) => valuesOf(tls.serverNames).find(({ host }) => host === name);
    const [own] = (named(HOST) ?? named('*.example'))?.certificates ?? [];
    const isDefault = own === undefined || own === tls.fallback?.name;
    const isRedirected = valuesOf(plan.virtualHosts).find(({ host }) => host === HOST)?.routes[0]
      ?.filters[0];
    expect(isRedirected === undefined).toBe(isDefault);
    return isDefault ? 'default' : 'wildcard';
  };
  const cluster = (...objects: Ingress[]) =>
    new Scene(storeOf(secret('web'), secret('default'), ...objects), {
      defaultSecret: { namespace: 'shop', name: 'default' },
    });

  it('takes no older host of another namespace, in whatever order they come', () => {
    const scene = cluster(guest(OLD_MS));
    expect(shown(scene)).toBe('default');
    scene.store.upsert(wildcard(YOUNG_MS));
    expect(shown(scene)).toBe('default');
    scene.store.upsert(wildcard(OLD_MS));
    expect(shown(scene)).toBe('wildcard');
    scene.store.upsert(guest(OLD_MS - 1));
    expect(shown(scene)).toBe('default');
    scene.store.upsert({ ...guest(YOUNG_MS), name: 'younger' });
    expect(shown(scene)).toBe('default');
    scene.store.delete({ kind: 'Ingress', namespace: 'guest', name: 'guest' });
    expect(shown(scene)).toBe('wildcard');
  });

  it('leaves nothing behind when it goes, and lets a default certificate be renewed', () => {
    const scene = cluster(guest(OLD_MS), wildcard(YOUNG_MS));
    expect(shown(scene)).toBe('default');
    scene.store.upsert(secret('default'));
    expect(shown(scene)).toBe('default');
    expect(scene.translate().tls.certificates).toHaveLength(2);
    scene.store.delete({ kind: 'Ingress', namespace: 'shop', name: 'any.example' });
    const after = scene.translate();
    expect([valuesOf(after.tls.serverNames), summary(after).reasons]).toEqual([[], []]);
    expect(after.tls.certificates).toHaveLength(1);
  });
});

it('touches no host that a changed Secret has no part in', () => {
  const scene = new Scene(
    storeOf(shop('web'), shop('other', 'b.example'), secret('web'), secret('other')),
  );
  const before = scene.translate();
  scene.store.upsert(secret('web'));
  const after = scene.translate();
  const hosts = compareLists(before.plan.virtualHosts, after.plan.virtualHosts, ({ host }) => host);
  expect([...hosts]).toEqual([]);
  const names = compareLists(before.tls.serverNames, after.tls.serverNames, ({ host }) => host);
  expect([...names]).toHaveLength(1);
});

describe('a certificate that the process makes itself', () => {
  const RENEW_MS = NOW_MS + DAY_MS;
  const [first, second] = [0, 1].map(() => plannedCertificate({ names: ['self.test'] }));
  const selfSigned = (nowMs: number): StandIn =>
    nowMs < RENEW_MS
      ? { certificate: first as Certificate, renewAtMs: RENEW_MS }
      : { certificate: second as Certificate, renewAtMs: 2 * RENEW_MS };

  it('gives way to the next one when its time is over, with nothing else changed', () => {
    const scene = new Scene(storeOf(shop(null)), { selfSigned });
    const before = scene.translate();
    expect([before.tls.fallback?.name, before.recheckAtMs]).toEqual([first?.name, RENEW_MS]);
    expect(scene.translate(RENEW_MS - 1).tls).toEqual(before.tls);
    const after = scene.translate(RENEW_MS);
    expect([after.tls.fallback?.name, after.recheckAtMs]).toEqual([second?.name, 2 * RENEW_MS]);
    expect(valuesOf(after.tls.certificates).map(({ name }) => name)).toEqual([second?.name]);
  });

  it('is none where nothing is served', () => {
    const { tls, recheckAtMs } = new Scene(storeOf(shop(null))).translate();
    expect([tls.fallback, recheckAtMs]).toEqual([null, Number.POSITIVE_INFINITY]);
  });
});

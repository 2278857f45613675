// A Secret that comes by its type and by its name, in whatever order the two tell of it.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Secret } from '#kubernetes/resources.ts';
import { SecretLayers } from '#kubernetes/secret-layers.ts';
import { Store } from '#kubernetes/store.ts';

const REF = { kind: 'Secret', namespace: 'shop', name: 'ca' };
const CERTIFICATE = 'kubernetes.io/tls';

function secret(type: string, namespace = 'shop'): Secret {
  const metadata = { namespace, name: 'ca', uid: null, createdAtMs: null, locate: null };
  return { ...metadata, kind: 'Secret', type, values: new Map() };
}

function layered() {
  const store = new Store();
  const layers = new SecretLayers(store, ({ type, namespace }) => {
    return type === CERTIFICATE && namespace === 'shop';
  });
  return { ...layers, store, type: () => store.secret('shop', 'ca')?.type ?? null };
}

it('what came by name is covered by a certificate, and shows again without it', () => {
  const { byType, byName, type } = layered();
  expect([byName.upsert(secret('Opaque')), type()]).toEqual([true, 'Opaque']);
  expect([byType.upsert(secret(CERTIFICATE)), type()]).toEqual([true, CERTIFICATE]);
  expect([byName.upsert(secret('other')), type()]).toEqual([false, CERTIFICATE]);
  expect([byType.delete(REF), type()]).toEqual([true, 'other']);
  expect([byType.delete(REF), type()]).toEqual([false, 'other']);
  expect([byName.delete(REF), type()]).toEqual([true, null]);
});

it('a certificate outlives the watch by its name', () => {
  const { byType, byName, type } = layered();
  byType.upsert(secret(CERTIFICATE));
  expect([byName.delete(REF), type()]).toEqual([false, CERTIFICATE]);
});

it('a certificate where types are not watched comes by name alone', () => {
  const { byName, store } = layered();
  expect(byName.upsert(secret(CERTIFICATE, 'headgate'))).toBe(true);
  expect(store.secret('headgate', 'ca')?.type).toBe(CERTIFICATE);
});

it('however two watches interleave, the last state is that of the cluster', () => {
  const types = fc.array(fc.constantFrom(null, 'Opaque', CERTIFICATE), { maxLength: 8 });
  fc.assert(
    fc.property(types, fc.array(fc.boolean(), { maxLength: 40 }), (states, turns) => {
      const { byType, byName, type } = layered();
      const tellType = states.map((one) => () => {
        if (one === CERTIFICATE) byType.upsert(secret(one));
        else byType.delete(REF);
      });
      const tellName = states.map((one) => () => {
        if (one === null) byName.delete(REF);
        else byName.upsert(secret(one));
      });
      for (const isType of turns) (isType ? tellType : tellName).shift()?.();
      for (const tell of [...tellType, ...tellName]) tell();
      expect(type()).toBe(states.at(-1) ?? null);
    }),
  );
});

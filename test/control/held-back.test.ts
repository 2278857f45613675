import { describe, expect, it } from 'vitest';
import { HeldBack } from '#control/held-back.ts';
import { Store } from '#kubernetes/store.ts';
import { ingress, prefix, service } from '../support/resources.ts';

function web(host: string, name = 'web') {
  return ingress({ name, rules: [{ host, paths: [prefix('/')] }] });
}

function hostsOf(objects: HeldBack): readonly (string | null | undefined)[] {
  return [...objects.ingresses()].map(({ rules }) => rules[0]?.host).sort();
}

describe('HeldBack', () => {
  it('shows the objects of the Store', () => {
    const store = new Store();
    store.upsert(web('a.example'));
    const objects = new HeldBack(store);
    expect(hostsOf(objects)).toEqual(['a.example']);
    const changes = store.takeChanges();
    expect(objects.heed(changes)).toBe(changes);
  });

  it('shows an object as it was before the change that is held', () => {
    const store = new Store();
    store.upsert(web('a.example'));
    store.takeChanges();
    store.upsert(web('b.example'));
    store.upsert(web('c.example', 'other'));
    const objects = new HeldBack(store);
    const [change] = store.takeChanges();
    const reversed = objects.hold(change === undefined ? [] : [change]);
    expect(reversed).toEqual([{ before: change?.after, after: change?.before }]);
    expect(hostsOf(objects)).toEqual(['a.example', 'c.example']);
    expect(objects.ingress('shop', 'web')?.rules[0]?.host).toBe('a.example');
    expect(objects.refs()).toEqual([{ kind: 'Ingress', namespace: 'shop', name: 'web' }]);
  });

  it('shows none where there was none, and the old one where it is gone', () => {
    const store = new Store();
    store.upsert(service({ name: 'old' }));
    store.takeChanges();
    store.upsert(web('a.example'));
    store.delete({ kind: 'Service', namespace: 'shop', name: 'old' });
    const objects = new HeldBack(store);
    objects.hold(store.takeChanges());
    expect(hostsOf(objects)).toEqual([]);
    expect(objects.service('shop', 'old')?.name).toBe('old');
  });

  it('lets go of an object that changes again', () => {
    const store = new Store();
    store.upsert(web('a.example'));
    store.takeChanges();
    store.upsert(web('b.example'));
    const objects = new HeldBack(store);
    objects.hold(store.takeChanges());
    store.upsert(web('c.example'));
    const [change] = objects.heed(store.takeChanges());
    const hostOf = (object: unknown) => (object as ReturnType<typeof web>).rules[0]?.host;
    expect([hostOf(change?.before), hostOf(change?.after)]).toEqual(['a.example', 'c.example']);
    expect(hostsOf(objects)).toEqual(['c.example']);
    expect(objects.refs()).toEqual([]);
  });
});

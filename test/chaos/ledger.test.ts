// What the chaos suite would say of a proxy that does wrong.

import { describe, expect, it } from 'vitest';
import { Ledger } from './ledger.ts';
import { Model } from './model.ts';

const HOST = 'a.test';

/** A host that leads to `red`, whose one pod is `red-0`; `blue` has no pod. */
function scene(): { model: Model; ledger: Ledger } {
  const model = new Model();
  model.addService('red', ['red-0']);
  model.addService('blue', []);
  model.addHost(HOST, 'red');
  return { model, ledger: new Ledger(model) };
}

describe('an answer is wrong', () => {
  // biome-ignore format: a table
  it.each([
    // answer    because
    ['red/red-1', 'the pod is not listed'],
    ['blue/b-0',  'the host leads elsewhere'],
    ['404',       'the host has a route'],
    ['400',       'nothing was wrong with the request'],
  ])('that is %s: %s', (answer) => {
    const { ledger } = scene();
    ledger.answered(ledger.ask('client', HOST), answer);
    expect(ledger.counts).toMatchObject({ right: 0, wrong: 1 });
    expect(ledger.complaints[0]).toContain(`${answer} in place of red/red-0`);
  });

  it('that comes from a route of before, after one from the route of now', () => {
    const { model, ledger } = scene();
    model.hosts.get(HOST)?.tell('blue', performance.now());
    ledger.answered(ledger.ask('client', HOST), 'red/red-0');
    ledger.answered(ledger.ask('client', HOST), '503');
    expect(ledger.counts).toMatchObject({ right: 2, wrong: 0 });
    ledger.answered(ledger.ask('client', HOST), 'red/red-0');
    expect(ledger.counts).toMatchObject({ right: 2, wrong: 1 });
  });
});

describe('an answer is right', () => {
  it('that comes from another process, which knows less than the one before', () => {
    const { model, ledger } = scene();
    model.hosts.get(HOST)?.tell('blue', performance.now());
    ledger.answered(ledger.ask('client', HOST), '503');
    model.rule(true);
    ledger.answered(ledger.ask('client', HOST), 'red/red-0');
    expect(ledger.counts).toMatchObject({ right: 2, wrong: 0 });
  });
});

describe('a failure', () => {
  it('is allowed to a fault that may cause it, while it lasts', () => {
    const { ledger } = scene();
    const before = ledger.ask('client', HOST);
    const episode = ledger.begin({ name: 'worker ends', allows: ['broken'] });
    const during = ledger.ask('client', HOST);
    ledger.failed(before, 'broken');
    ledger.failed(during, 'late');
    episode.endMs = performance.now() - 1;
    ledger.failed({ ...during, beginMs: performance.now() }, 'broken');
    expect([...ledger.allowed]).toEqual([['worker ends: broken', 1]]);
    expect(ledger.counts.notAllowed).toBe(2);
  });

  it('is allowed to none that the fault does not cover', () => {
    const { ledger } = scene();
    const covers = ({ host }: { readonly host: string }): boolean => host === 'b.test';
    ledger.begin({ name: 'network cut', allows: ['late'], covers });
    ledger.failed(ledger.ask('client', HOST), 'late');
    ledger.failed(ledger.ask('client', 'b.test'), 'late');
    expect([...ledger.allowed]).toEqual([['network cut: late', 1]]);
    expect(ledger.counts.notAllowed).toBe(1);
  });

  it('is allowed to the one request that a pod broke', () => {
    const { ledger } = scene();
    const [first, second] = [ledger.ask('client', HOST), ledger.ask('client', HOST)];
    ledger.permit(first.id, 'stall by a pod');
    ledger.answered(first, '504');
    ledger.answered(second, '504');
    expect([...ledger.allowed]).toEqual([['stall by a pod: status 504', 1]]);
    expect(ledger.counts.notAllowed).toBe(1);
  });
});

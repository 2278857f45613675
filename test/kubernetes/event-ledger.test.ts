// Which Problems the cluster is told of: what stands at each moment, and what is due then.

import { describe, expect, it } from 'vitest';
import { EventLedger, type PlacedProblem } from '#kubernetes/event-ledger.ts';

type Exists = Parameters<EventLedger['update']>[1];

const ROOMY = { entriesMax: 10, ofNamespaceMax: 10 };
const everythingExists: Exists = () => true;
const nothingExists: Exists = () => false;

function placed(name: string, message: string, uid = `uid-${name}`, namespace = 'shop') {
  const object = { kind: 'Ingress', namespace, name };
  const problem = { object, field: 'spec', reason: 'Bad', message, position: null };
  return { problem, object, uid };
}

/** What is due, as `name: message`, with null for what is mended; all of it is told. */
function tell(
  ledger: EventLedger,
  problems: readonly PlacedProblem[],
  exists: Exists = everythingExists,
): string[] {
  const { keys } = ledger.update(problems, exists);
  return keys.map((key) => {
    const notice = ledger.due(key);
    if (notice !== null) ledger.told(key, notice);
    return `${notice?.object.name}: ${notice?.message}`;
  });
}

describe('a problem', () => {
  it.each([
    ['is told once while it stands', [['bad'], ['bad'], ['bad']], [['a: bad'], [], []]],
    ['is told once when it is mended', [['bad'], [], []], [['a: bad'], ['a: null'], []]],
    [
      'is told again when it comes back',
      [['bad'], [], ['bad']],
      [['a: bad'], ['a: null'], ['a: bad']],
    ],
    ['is told anew when its message changes', [['bad'], ['worse']], [['a: bad'], ['a: worse']]],
    ['hides others of its field and reason', [['bad', 'also bad']], [['a: bad']]],
  ] as const)('%s', (_rule, moments, due) => {
    const ledger = new EventLedger(ROOMY);
    const told = moments.map((messages) =>
      tell(
        ledger,
        messages.map((one) => placed('a', one)),
      ),
    );
    expect(told).toEqual(due);
  });

  it('that went before anybody was told is not mended either', () => {
    const ledger = new EventLedger(ROOMY);
    ledger.update([placed('a', 'bad')], everythingExists);
    expect(tell(ledger, [])).toEqual([]);
  });

  it('of an object that is gone is not told to be mended', () => {
    const ledger = new EventLedger(ROOMY);
    expect(tell(ledger, [placed('a', 'bad')])).toEqual(['a: bad']);
    expect(tell(ledger, [], nothingExists)).toEqual([]);
  });

  it('of an object that was made anew is told anew', () => {
    const ledger = new EventLedger(ROOMY);
    tell(ledger, [placed('a', 'bad', 'first')]);
    const exists: Exists = (_object, uid) => uid === 'second';
    expect(tell(ledger, [placed('a', 'bad', 'second')], exists)).toEqual(['a: bad']);
  });

  it('that changed while it was being told is told once more', () => {
    const ledger = new EventLedger(ROOMY);
    const [key = ''] = ledger.update([placed('a', 'bad')], everythingExists).keys;
    const notice = ledger.due(key);
    ledger.update([placed('a', 'worse')], everythingExists);
    if (notice !== null) ledger.told(key, notice);
    expect(ledger.due(key)?.message).toBe('worse');
  });
});

it('those that find no room are counted, and told when there is some', () => {
  const ledger = new EventLedger({ entriesMax: 2, ofNamespaceMax: 2 });
  const all = ['a', 'b', 'c'].map((name) => placed(name, 'bad'));
  expect(ledger.update(all, everythingExists).untold).toBe(1);
  const firsts = new Set(tell(ledger, all));
  tell(ledger, all.slice(0, 1));
  expect(firsts.size).toBe(2);
  expect(ledger.update(all.slice(0, 2), everythingExists).untold).toBe(0);
});

it('those of one namespace leave room for the others', () => {
  const ledger = new EventLedger({ entriesMax: 10, ofNamespaceMax: 2 });
  const loud = ['a', 'b', 'c'].map((name) => placed(name, 'bad'));
  const all = [...loud, placed('d', 'bad', 'uid-d', 'bbs')];
  expect(ledger.update(all, everythingExists).untold).toBe(1);
  expect(tell(ledger, all).sort()).toEqual(['b: bad', 'c: bad', 'd: bad']);
  tell(ledger, all.slice(0, 1));
  expect(ledger.update(all.slice(0, 1), everythingExists).untold).toBe(0);
});

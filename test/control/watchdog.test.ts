import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { type Pulse, Watchdog } from '#control/watchdog.ts';
import { seededRandom } from '../support/seeded-random.ts';

const PUBLISHED = 7;
const LOOK_MS: number = limits.workerLookMs;

/** What workers do from one look to the next: a letter for each. */
const DOINGS = {
  /** It lives and serves what is published. */
  l: { beats: true, restarts: false, isCurrent: true },
  /** It is silent. */
  s: { beats: false, restarts: false, isCurrent: true },
  /** It lives and serves an old generation. */
  o: { beats: true, restarts: false, isCurrent: false },
  /** Its thread ended and another one began. */
  r: { beats: false, restarts: true, isCurrent: true },
} as const;

/** Looks again and again, a second apart unless told otherwise, and tells what was found. */
class Watch {
  readonly found: string[] = [];
  readonly #dog = new Watchdog();
  readonly #workers: { life: number; beat: number }[] = [];
  #nowMs = 5_000;

  look(doings: string, { afterMs = LOOK_MS, times = 1 } = {}): this {
    for (let time = 0; time < times; time += 1) {
      this.#nowMs += afterMs;
      const pulses = [...doings].map((letter, worker) => this.#pulse(letter, worker));
      for (const finding of this.#dog.look(this.#nowMs, PUBLISHED, pulses)) {
        const hope = finding.isFinal ? 'replace' : 'tell';
        this.found.push(`${finding.worker} ${finding.ailment} ${finding.forMs} ${hope}`);
      }
    }
    return this;
  }

  #pulse(letter: string, worker: number): Pulse {
    const { beats, restarts, isCurrent } = DOINGS[letter as keyof typeof DOINGS];
    const state = this.#workers[worker] ?? { life: 1, beat: 1 };
    this.#workers[worker] = state;
    if (restarts) Object.assign(state, { life: state.life + 1, beat: 0 });
    if (beats) state.beat += 10;
    return { worker, ...state, seen: isCurrent ? PUBLISHED : PUBLISHED - 1 };
  }
}

function watch(): Watch {
  return new Watch().look('lll');
}

describe('the watchdog', () => {
  it.each([
    ['all live', (w: Watch) => w.look('lll', { times: 600 }), []],
    ['one is silent for less than the bound', (w: Watch) => w.look('lsl', { times: 9 }), []],
    ['one is silent', (w: Watch) => w.look('lsl', { times: 10 }), ['1 hung 10000 replace']],
    [
      'one is silent, and cannot be ended',
      (w: Watch) => w.look('lsl', { times: 20 }),
      ['1 hung 10000 replace', '1 hung 10000 replace'],
    ],
    [
      'one is silent again and again, and lives in between',
      (w: Watch) => w.look('lsl', { times: 9 }).look('lll').look('lsl', { times: 9 }),
      [],
    ],
    [
      'two are silent beside one that lives',
      (w: Watch) => w.look('ssl', { times: 10 }),
      ['0 hung 10000 replace', '1 hung 10000 replace'],
    ],
    ['all are silent, so it may be the machine', (w: Watch) => w.look('sss', { times: 29 }), []],
    [
      'all are silent for too long',
      (w: Watch) => w.look('sss', { times: 30 }),
      ['0 hung 30000 replace', '1 hung 30000 replace', '2 hung 30000 replace'],
    ],
    [
      'the machine was suspended for an hour',
      (w: Watch) => w.look('sss', { afterMs: 3_600_000 }).look('lll', { times: 5 }),
      [],
    ],
    [
      'the process was stopped again and again',
      (w: Watch) => {
        for (let time = 0; time < 50; time += 1) w.look('sss', { afterMs: 9_000 }).look('lll');
        return w;
      },
      [],
    ],
    [
      'the main thread stood still while the workers served on',
      (w: Watch) => w.look('lll', { afterMs: 60_000 }).look('lll', { times: 5 }),
      [],
    ],
    ['one begins slowly', (w: Watch) => w.look('lrl').look('lsl', { times: 119 }), []],
    [
      'one never begins',
      (w: Watch) => w.look('lrl').look('lsl', { times: 120 }),
      ['1 hung 120000 replace'],
    ],
    [
      'one was replaced before it was found',
      (w: Watch) => w.look('lsl', { times: 9 }).look('lrl').look('lll', { times: 5 }),
      [],
    ],
    ['one is behind for a moment', (w: Watch) => w.look('llo', { times: 4 }).look('lll'), []],
    [
      'one stays behind',
      (w: Watch) => w.look('llo', { times: 31 }),
      ['2 behind 5000 tell', '2 behind 30000 replace'],
    ],
    [
      'one was behind twice',
      (w: Watch) => w.look('llo', { times: 12 }).look('lll').look('llo', { times: 12 }),
      ['2 behind 5000 tell', '2 behind 5000 tell'],
    ],
    [
      'one is behind because it hangs',
      (w: Watch) => w.look('llo', { times: 3 }).look('lls', { times: 10 }),
      ['2 hung 10000 replace'],
    ],
  ] as const)('%s', (_, live, expected) => {
    expect(live(watch()).found).toEqual(expected);
  });

  it('does not take a worker for behind that moves, however fast generations come', () => {
    const dog = new Watchdog();
    for (let look = 1; look <= 100; look += 1) {
      const pulses = [{ worker: 0, life: 1, beat: look, seen: look * 50 - 1 }];
      expect(dog.look(look * limits.workerLookMs, look * 50, pulses)).toEqual([]);
    }
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('never finds one hung that beats in time, seed %i', (seed) => {
    const random = seededRandom(seed);
    const dog = new Watchdog();
    const beats = [1, 1, 1];
    let nowMs = 0;
    for (let look = 0; look < 2_000; look += 1) {
      // Late by a little or by minutes; each worker beats at least at every fourth look.
      nowMs += limits.workerLookMs * (random.below(10) === 0 ? 1 + random.below(300) : 1);
      for (const worker of beats.keys()) {
        if (look % 4 === worker || random.below(2) === 0) beats[worker] = look + 2;
      }
      const pulses = beats.map((beat, worker) => ({ worker, life: 1, beat, seen: PUBLISHED }));
      expect(dog.look(nowMs, PUBLISHED, pulses)).toEqual([]);
    }
  });
});

// Which workers have stopped living: decided from what they leave in shared memory, look by look.
// It neither reads that memory nor ends a thread, and time comes in as an argument.
//
// Only time that the main thread has seen pass counts. After a look that comes late, because this
// thread, the process or the machine stood still, no worker is charged with more than two looks.

import { limits } from '#base/limits.ts';

/** What one look sees of one thread. */
export interface Pulse {
  readonly worker: number;
  /** Another number for each thread that runs as this worker. */
  readonly life: number;
  /** Counts up while the event loop of the thread turns; 0 before its first turn. */
  readonly beat: number;
  /** The generation that it has adopted. */
  readonly seen: number;
}

/** `hung`: its event loop stands still. `behind`: it turns, but an old generation is served. */
export type Ailment = 'hung' | 'behind';

export interface Finding {
  readonly worker: number;
  readonly ailment: Ailment;
  /** How long so far, in milliseconds that this thread has seen pass. */
  readonly forMs: number;
  /** It is past hope; else it is only worth a line. */
  readonly isFinal: boolean;
}

interface Course extends Pulse {
  readonly silentMs: number;
  readonly behindMs: number;
}

export class Watchdog {
  #courses: ReadonlyMap<number, Course> = new Map();
  #lookedAtMs: number | null = null;

  /**
   * One look, at all threads that run. `published` is the generation that they should serve. What
   * has been found final is not found again before it had its whole time once more.
   */
  look(nowMs: number, published: number, pulses: readonly Pulse[]): readonly Finding[] {
    const passedMs = Math.min(nowMs - (this.#lookedAtMs ?? nowMs), 2 * limits.workerLookMs);
    this.#lookedAtMs = nowMs;
    const courses = pulses.map((pulse) => this.#follow(pulse, published, passedMs));
    const findings = courses.flatMap((course) => {
      const othersLive = courses.some((other) => other !== course && other.silentMs === 0);
      return findHung(course, othersLive) ?? findBehind(course, passedMs);
    });
    const given = new Set(findings.filter(({ isFinal }) => isFinal).map(({ worker }) => worker));
    this.#courses = new Map(
      courses.map((course) => {
        const rest = given.has(course.worker) ? { silentMs: 0, behindMs: 0 } : {};
        return [course.worker, { ...course, ...rest }];
      }),
    );
    return findings;
  }

  #follow(pulse: Pulse, published: number, passedMs: number): Course {
    const before = this.#courses.get(pulse.worker);
    if (before?.life !== pulse.life) return { ...pulse, silentMs: 0, behindMs: 0 };
    const isSilent = pulse.beat === before.beat;
    // Whoever moves is not behind, even if each look comes just after a publication.
    const isBehind = !isSilent && pulse.seen < published && pulse.seen === before.seen;
    return {
      ...pulse,
      silentMs: isSilent ? before.silentMs + passedMs : 0,
      behindMs: isBehind ? before.behindMs + passedMs : 0,
    };
  }
}

function findHung({ worker, beat, silentMs }: Course, othersLive: boolean): Finding[] | null {
  if (silentMs < silenceMaxMs(beat, othersLive)) return null;
  return [{ worker, ailment: 'hung', forMs: silentMs, isFinal: true }];
}

// If all are silent, it may be the machine that does not let them run.
function silenceMaxMs(beat: number, othersLive: boolean): number {
  if (beat === 0) return limits.workerBeginMaxMs;
  return othersLive ? limits.workerSilenceMaxMs : limits.workersSilenceMaxMs;
}

function findBehind({ worker, behindMs }: Course, passedMs: number): Finding[] {
  const isFinal = behindMs >= limits.workerBehindMaxMs;
  const isFirst =
    behindMs >= limits.workerBehindTellMs && behindMs - passedMs < limits.workerBehindTellMs;
  return isFinal || isFirst ? [{ worker, ailment: 'behind', forMs: behindMs, isFinal }] : [];
}

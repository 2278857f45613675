// What the cluster was told, and so what each request may be answered: hosts lead to services,
// services have pods. It counts with the time that a change may take and with what delays it.

import { Timeline } from './timeline.ts';

/** From the API server's word to the workers of a machine that tests keep busy. */
const IN_FORCE_MS_MAX = 10_000;

interface Delay {
  readonly fromMs: number;
  toMs: number;
}

/** `service/pod`, or the status of an answer of Headgate's own. */
export type Answer = string;

const NO_ROUTE: Answer = '404';
const NO_ENDPOINT: Answer = '503';

export class Model {
  /** The service that a host leads to; null without an Ingress. */
  readonly hosts = new Map<string, Timeline<string | null>>();
  /** The names of the pods that are listed. */
  readonly services = new Map<string, Timeline<readonly string[]>>();
  readonly #delays: Delay[] = [];
  /** Counts what makes sightings void; null while two processes serve. */
  #reign: number | null = 0;
  #reigns = 0;

  addHost(host: string, service: string | null): void {
    this.hosts.set(host, new Timeline(service, this.#inForceMs));
  }

  addService(service: string, pods: readonly string[]): void {
    this.services.set(service, new Timeline(pods, this.#inForceMs));
  }

  get reign(): number | null {
    return this.#reign;
  }

  /** Changes that are told from here until the returned function is called may take that long. */
  delayChanges(): () => void {
    const begun: Delay = { fromMs: performance.now(), toMs: Number.POSITIVE_INFINITY };
    this.#delays.push(begun);
    return () => {
      begun.toMs = performance.now();
    };
  }

  /** One process serves from here on, which need not know what was seen before; or two do. */
  rule(byOne: boolean): void {
    this.#reigns += 1;
    this.#reign = byOne ? this.#reigns : null;
    for (const timeline of this.hosts.values()) timeline.forgetSightings();
  }

  mayAnswer(host: string, beginMs: number, endMs: number): ReadonlySet<Answer> {
    const services = this.hosts.get(host)?.between(beginMs, endMs) ?? [null];
    return new Set(services.flatMap((service) => this.#answersOf(service, beginMs, endMs)));
  }

  /** Takes note of a right answer, given to a request that began in this reign. */
  saw(
    host: string,
    answer: Answer,
    span: { beginMs: number; endMs: number; reign: number | null },
  ) {
    const { beginMs, endMs, reign } = span;
    if (reign === null || reign !== this.#reign) return;
    const matches = (service: string | null): boolean =>
      this.#answersOf(service, beginMs, endMs).includes(answer);
    this.hosts.get(host)?.saw(matches, beginMs, endMs);
  }

  #answersOf(service: string | null, beginMs: number, endMs: number): readonly Answer[] {
    if (service === null) return [NO_ROUTE];
    const sets = this.services.get(service)?.between(beginMs, endMs) ?? [];
    return sets.flatMap((pods) =>
      pods.length === 0 ? [NO_ENDPOINT] : pods.map((pod) => `${service}/${pod}`),
    );
  }

  readonly #inForceMs = (toldMs: number): number => {
    let byMs = toldMs + IN_FORCE_MS_MAX;
    for (const { fromMs, toMs } of this.#delays) {
      if (fromMs < byMs && toMs > toldMs) byMs = Math.max(byMs, toMs + IN_FORCE_MS_MAX);
    }
    return byMs;
  };
}

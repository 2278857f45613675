// Many hosts, each of which leads to one of two Services, and is led to the other one in turn.

const SERVICES = ['a', 'b'] as const;
export type ServiceName = (typeof SERVICES)[number];

export class HostRoutes {
  readonly hosts: readonly string[];
  /** For each host, which of the Services it leads to. */
  readonly #choices: Uint8Array;

  constructor(hostCount: number) {
    this.#choices = new Uint8Array(hostCount);
    this.hosts = Array.from(this.#choices, (_, index) => `host-${index}.bench.test`);
  }

  serviceOf(index: number): ServiceName {
    return SERVICES[this.#choices[index] ?? 0] ?? 'a';
  }

  swap(index: number): void {
    this.#choices[index] = 1 - (this.#choices[index] ?? 0);
  }
}

// What the next generation has that the one in force has not, part by part, in bytes. What is not
// here stays as it is.

export interface Change {
  /** Sections by the names of their virtual hosts; null for a host that goes. */
  readonly hosts: ReadonlyMap<string, Uint8Array | null>;
  /** A route record; null for none, undefined if it stays. */
  readonly defaultRoute: Uint8Array | null | undefined;
  /** Upstream records by name; null for one that goes. Each upstream that a route names stays. */
  readonly upstreams: ReadonlyMap<string, Uint8Array | null>;
}

export function isEmptyChange({ hosts, defaultRoute, upstreams }: Change): boolean {
  return hosts.size === 0 && defaultRoute === undefined && upstreams.size === 0;
}

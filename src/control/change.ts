// What the next generation has that the one in force has not, part by part, in bytes. What is not
// here stays as it is.

export interface Change {
  /** Sections by the names of their virtual hosts; null for a host that goes. */
  readonly hosts: ReadonlyMap<string, Uint8Array | null>;
  /** A route record; null for none, undefined if it stays. */
  readonly defaultRoute: Uint8Array | null | undefined;
  /** Upstream records by name; null for one that goes. Each upstream that a route names stays. */
  readonly upstreams: ReadonlyMap<string, Uint8Array | null>;
  /** Server name records by host; null for one that goes. */
  readonly serverNames: ReadonlyMap<string, Uint8Array | null>;
  /** Certificate records by name; null for one that goes. Each that a server name has stays. */
  readonly certificates: ReadonlyMap<string, Uint8Array | null>;
  /** The server name record of the fallback, and the ticket secret; as `defaultRoute`. */
  readonly fallbackName: Uint8Array | null | undefined;
  readonly ticketSecret: Uint8Array | null | undefined;
}

/** The parts that a map holds, and those that stand alone. */
const MAPS = ['hosts', 'upstreams', 'serverNames', 'certificates'] as const;
const SINGLES = ['defaultRoute', 'fallbackName', 'ticketSecret'] as const;

export const NO_CHANGE: Change = {
  hosts: new Map(),
  defaultRoute: undefined,
  upstreams: new Map(),
  serverNames: new Map(),
  certificates: new Map(),
  fallbackName: undefined,
  ticketSecret: undefined,
};

export function isEmptyChange(change: Change): boolean {
  return isOfUpstreamsOnly(change) && change.upstreams.size === 0;
}

export function isOfUpstreamsOnly(change: Change): boolean {
  return (
    MAPS.every((name) => name === 'upstreams' || change[name].size === 0) &&
    SINGLES.every((name) => change[name] === undefined)
  );
}

/** The bytes of each part; null for one that goes, undefined for one that stays. */
export function partsOf(change: Change): readonly (Uint8Array | null | undefined)[] {
  const ofMaps = MAPS.flatMap((name) => [...change[name].values()]);
  return [...ofMaps, ...SINGLES.map((name) => change[name])];
}

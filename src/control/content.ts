// What a generation is to hold, in parts that can be told apart by their keys alone: equal keys
// mean equal bytes, so a part that is in force already is neither compiled nor written again.

export interface Content {
  /** Sections of the virtual hosts but `*`. */
  readonly hosts: readonly Part[];
  /** The section of `*`. */
  readonly anyHost: Part | null;
  /** A route record. */
  readonly defaultRoute: Part | null;
  /** Upstream records; each upstream that a route names is here. */
  readonly upstreams: readonly Part[];
}

export interface Part {
  readonly key: string;
  /** Null if the generation in force holds a part with this key. */
  readonly bytes: Uint8Array | null;
}

// Which Problems the cluster has been told of, each once: a Warning when one comes, a Normal event
// when it is mended. It decides only; how an event looks and how it is written is not known here.

import type { ObjectRef, Problem } from '#base/problem.ts';

/** A Problem with the object it is about, as the cluster knows it at the moment. */
export interface PlacedProblem {
  readonly problem: Problem;
  readonly object: ObjectRef;
  /** Null where the object could not be read. */
  readonly uid: string | null;
}

/** What an event is to say. */
export interface Notice {
  readonly object: ObjectRef;
  readonly uid: string | null;
  readonly field: string;
  /** Of the Problem. */
  readonly reason: string;
  /** Of the Problem; null when it is mended. */
  readonly message: string | null;
}

interface Entry {
  wanted: Notice;
  /** The message that was told last; undefined while nothing was. */
  told: string | null | undefined;
}

export interface EventLedgerOptions {
  readonly entriesMax: number;
  /** Of these at objects of one namespace. */
  readonly ofNamespaceMax: number;
}

export class EventLedger {
  readonly #options: EventLedgerOptions;
  readonly #entries = new Map<string, Entry>();
  /** How many of them are at objects of each namespace. */
  readonly #inNamespace = new Map<string, number>();

  constructor(options: EventLedgerOptions) {
    this.#options = options;
  }

  /**
   * `problems` are all that stand at this moment; `exists` says whether an object is still there.
   * Returns the keys that may need an event, and how many Problems find no room.
   */
  update(
    problems: readonly PlacedProblem[],
    exists: (object: ObjectRef, uid: string | null) => boolean,
  ): { readonly keys: readonly string[]; readonly untold: number } {
    const standing = new Map(problems.toReversed().map((placed) => [keyOf(placed), placed]));
    const untold = [...standing].filter(([key, placed]) => !this.#note(key, placed)).length;
    for (const [key, entry] of this.#entries) {
      if (standing.has(key)) continue;
      entry.wanted = { ...entry.wanted, message: null };
      // Nobody looks at the events of what is gone, nor asks for the end of what was never told.
      const { object, uid } = entry.wanted;
      if (!exists(object, uid) || entry.told === undefined) this.#delete(key, entry);
    }
    return { keys: [...this.#entries.keys()].filter((key) => this.due(key) !== null), untold };
  }

  /** What is to be told; null if the cluster knows. */
  due(key: string): Notice | null {
    const entry = this.#entries.get(key);
    return entry === undefined || entry.told === entry.wanted.message ? null : entry.wanted;
  }

  /** The cluster knows `notice`, which was due. */
  told(key: string, notice: Notice): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.told = notice.message;
    if (notice.message === null && entry.wanted.message === null) this.#delete(key, entry);
  }

  /** Another tells from here on. */
  clear(): void {
    this.#entries.clear();
    this.#inNamespace.clear();
  }

  /** False if there is no room for it. */
  #note(key: string, { object, uid, problem }: PlacedProblem): boolean {
    const { field, reason, message } = problem;
    const wanted: Notice = { object, uid, field, reason, message };
    const entry = this.#entries.get(key);
    if (entry !== undefined) entry.wanted = wanted;
    else if (!this.#hasRoom(object)) return false;
    else this.#add(key, { wanted, told: undefined });
    return true;
  }

  #hasRoom({ namespace }: ObjectRef): boolean {
    const { entriesMax, ofNamespaceMax } = this.#options;
    const inNamespace = this.#inNamespace.get(namespace) ?? 0;
    return this.#entries.size < entriesMax && inNamespace < ofNamespaceMax;
  }

  #add(key: string, entry: Entry): void {
    const { namespace } = entry.wanted.object;
    this.#entries.set(key, entry);
    this.#inNamespace.set(namespace, (this.#inNamespace.get(namespace) ?? 0) + 1);
  }

  #delete(key: string, entry: Entry): void {
    const { namespace } = entry.wanted.object;
    const left = (this.#inNamespace.get(namespace) ?? 0) - 1;
    this.#entries.delete(key);
    if (left > 0) this.#inNamespace.set(namespace, left);
    else this.#inNamespace.delete(namespace);
  }
}

/** One event tells of one reason at one field of one object, whatever the message says. */
function keyOf({ object, uid, problem }: PlacedProblem): string {
  const { kind, namespace, name } = object;
  return JSON.stringify([kind, namespace, name, uid, problem.field, problem.reason]);
}

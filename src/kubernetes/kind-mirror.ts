// Keeps the objects of one kind in the Store as one list-and-watch loop tells of them, and the
// Problems of those that are not valid: of these the Store keeps the last good version.

import { isDeepStrictEqual } from 'node:util';
import type { Problem } from '#base/problem.ts';
import { MalformedAnswerError } from './api-list.ts';
import type { Kind } from './kinds.ts';
import type { Mirror } from './list-and-watch.ts';
import { parse } from './parse.ts';
import type { Sink } from './secret-layers.ts';

export interface KindMirrorOptions {
  readonly kind: Kind;
  readonly store: Sink;
  /** Something that matters, or a Problem, has changed. */
  readonly onChange: () => void;
}

export class KindMirror implements Mirror {
  readonly #options: KindMirrorOptions;
  /** Namespace and name of all that is there, valid or not, joined by a slash. */
  #known = new Set<string>();
  /** Of the list under way; null between lists. */
  #listed: Set<string> | null = null;
  readonly #problems = new Map<string, readonly Problem[]>();

  constructor(options: KindMirrorOptions) {
    this.#options = options;
  }

  problems(): Problem[] {
    return [...this.#problems.values()].flat();
  }

  beginList(): void {
    this.#listed = new Set();
  }

  endList(): void {
    const listed = this.#listed ?? new Set();
    this.#listed = null;
    for (const key of this.#known) {
      if (!listed.has(key)) this.#remove(key);
    }
    this.#known = listed;
  }

  /** Throws MalformedAnswerError for what cannot even be named. */
  upsert(object: unknown): void {
    const { kind, store, onChange } = this.#options;
    const { ref, resource, faults } = parse(kind, object, null);
    if (ref === null) {
      throw new MalformedAnswerError(`an object of kind ${kind.kind} without a valid name`);
    }
    const key = `${ref.namespace}/${ref.name}`;
    this.#known.add(key);
    this.#listed?.add(key);
    const didMatter = resource !== null && store.upsert(resource);
    const problems = faults.map(({ field, message }) => ({
      object: ref,
      field,
      reason: 'InvalidObject',
      message: field === '' ? message : `${field}: ${message}`,
      position: null,
    }));
    if (this.#tellProblems(key, problems) || didMatter) onChange();
  }

  delete(object: unknown): void {
    const { ref } = parse(this.#options.kind, object, null);
    if (ref === null) {
      throw new MalformedAnswerError(`an object of kind ${this.#options.kind.kind} without a name`);
    }
    const key = `${ref.namespace}/${ref.name}`;
    this.#known.delete(key);
    this.#remove(key);
  }

  #remove(key: string): void {
    const { kind, store, onChange } = this.#options;
    const [namespace = '', name = ''] = key.split('/');
    const wasThere = store.delete({ kind: kind.kind, namespace, name });
    if (this.#tellProblems(key, []) || wasThere) onChange();
  }

  /** True if they are not the same as before. */
  #tellProblems(key: string, problems: readonly Problem[]): boolean {
    const before = this.#problems.get(key) ?? [];
    if (problems.length === 0) this.#problems.delete(key);
    else this.#problems.set(key, problems);
    return !isDeepStrictEqual(before, problems);
  }
}

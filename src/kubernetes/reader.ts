// Reader: a cursor over an unknown value that knows its field path and collects faults, so that a
// parser reads like a schema. After a fault it returns a stand-in and goes on, so that the user
// sees all faults of an object at once. It does not know any kind.

import { limits } from '#base/limits.ts';
import type { NameForm } from './names.ts';

/** One thing that is wrong with an object. */
export interface Fault {
  /** As Kubernetes writes it: `spec.rules[0].host`, `metadata.annotations[a/b]`. */
  readonly field: string;
  /** One sentence without the field: `expected a string, found 80`. */
  readonly message: string;
}

type Fields = Readonly<Record<string, unknown>>;

const PLAIN_KEY = /^[A-Za-z][A-Za-z0-9]*$/;

export class Reader {
  readonly field: string;
  readonly #value: unknown;
  readonly #faults: Fault[];
  readonly #isConcealed: boolean;

  private constructor(value: unknown, field: string, faults: Fault[], isConcealed: boolean) {
    this.#value = value;
    this.field = field;
    this.#faults = faults;
    this.#isConcealed = isConcealed;
  }

  /** Reads a whole object; what is wrong with it is added to `faults`. */
  static of(value: unknown, faults: Fault[]): Reader {
    return new Reader(value, '', faults, false);
  }

  /** The same value, never shown in a message. */
  concealed(): Reader {
    return new Reader(this.#value, this.field, this.#faults, true);
  }

  /** False where the field is absent or null, which mean the same to the API. */
  get isPresent(): boolean {
    return this.#value !== undefined && this.#value !== null;
  }

  /** The field `key` of a map; an absent one is a Reader too, of nothing. */
  at(key: string): Reader {
    const field = joinField(this.field, key);
    const fields = this.#fields();
    // What is no map is told once; that its fields are missing goes without saying.
    if (fields === null) return new Reader(undefined, field, [], this.#isConcealed);
    return this.#child(Object.hasOwn(fields, key) ? fields[key] : undefined, field);
  }

  /** The keys of a map; none where it is absent. */
  keys(): string[] {
    return Object.keys(this.#fields() ?? {});
  }

  /** Which of two fields is there; null after a fault, where both are or neither is. */
  either<A extends string, B extends string>(a: A, b: B): A | B | null {
    const hasA = this.at(a).isPresent;
    if (hasA !== this.at(b).isPresent) return hasA ? a : b;
    const found = hasA ? 'both' : 'neither';
    if (this.#fields() !== null)
      this.fault(`expected exactly one of ${a} and ${b}, found ${found}`);
    return null;
  }

  /** The items of a list, each read by `read`; none where the list is absent. */
  list<T>(read: (item: Reader) => T): T[] {
    if (!this.isPresent) return [];
    if (!Array.isArray(this.#value)) {
      this.expected('a list');
      return [];
    }
    return this.#value.map((item, index) => read(this.#child(item, `${this.field}[${index}]`)));
  }

  optionalString(): string | null {
    return this.isPresent ? this.string() : null;
  }

  string(): string {
    if (typeof this.#value === 'string') return this.#value;
    this.expected('a string');
    return '';
  }

  /** A string of the given form. */
  name(form: NameForm): string {
    const text = typeof this.#value === 'string' ? this.#value : '';
    if (!form.accepts(text)) this.expected(form.expected);
    return text;
  }

  boolean(absent: boolean): boolean {
    if (!this.isPresent) return absent;
    if (typeof this.#value === 'boolean') return this.#value;
    this.expected('true or false');
    return absent;
  }

  /** A TCP or UDP port from 1 to 65535; null where it is absent. */
  optionalPort(): number | null {
    return this.isPresent ? this.port() : null;
  }

  port(): number {
    const value = this.#value;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535) {
      return value;
    }
    this.expected('a port number from 1 to 65535');
    return 1;
  }

  /** A whole number from 0; null where it is absent. */
  optionalCount(): number | null {
    if (!this.isPresent) return null;
    const value = this.#value;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    this.expected('a whole number from 0');
    return null;
  }

  /** One of `values`, written exactly so; the first of them stands in after a fault. */
  choice<T extends string>(values: readonly [T, ...T[]]): T {
    const found = values.find((value) => value === this.#value);
    if (found === undefined) this.expected(values.join(' or '));
    return found ?? values[0];
  }

  /** Seconds of RFC 3339 as Kubernetes writes them, in milliseconds since 1970. */
  optionalTimestampMs(): number | null {
    if (!this.isPresent) return null;
    const text = typeof this.#value === 'string' ? this.#value : '';
    const isTimestamp = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d/.test(text) && text.length <= 40;
    const timeMs = isTimestamp ? Date.parse(text) : Number.NaN;
    if (!Number.isNaN(timeMs)) return timeMs;
    this.expected('a time such as 2026-01-31T12:00:00Z');
    return null;
  }

  /** Faults this field: `what` completes "expected ...". */
  expected(what: string): void {
    this.fault(`expected ${what}, found ${this.#describe()}`);
  }

  /** Says once what is wrong with this field, however often it is found. */
  fault(message: string): void {
    const { field } = this;
    if (this.#faults.some((fault) => fault.field === field && fault.message === message)) return;
    if (this.#faults.length < limits.faultsPerObjectMax) this.#faults.push({ field, message });
  }

  #child(value: unknown, field: string): Reader {
    return new Reader(value, field, this.#faults, this.#isConcealed);
  }

  /** Null where the value is there and is no map. */
  #fields(): Fields | null {
    if (!this.isPresent) return {};
    if (typeof this.#value === 'object' && !Array.isArray(this.#value))
      return this.#value as Fields;
    this.expected('a map');
    return null;
  }

  #describe(): string {
    const value = this.#value;
    if (value === undefined) return 'nothing';
    if (value === null) return 'null';
    if (Array.isArray(value)) return 'a list';
    if (typeof value === 'object') return 'a map';
    if (this.#isConcealed) return `a ${typeof value}`;
    return typeof value === 'string' ? quote(value) : String(value);
  }
}

/** Text of a user for a message: JSON rules, cut where it is long. */
export function quote(text: string): string {
  const isLong = text.length > limits.quotedCharsMax;
  return JSON.stringify(isLong ? `${text.slice(0, limits.quotedCharsMax)}...` : text);
}

function joinField(parent: string, key: string): string {
  if (parent === '') return key;
  return PLAIN_KEY.test(key) ? `${parent}.${key}` : `${parent}[${key}]`;
}

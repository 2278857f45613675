// Readonly lists that are sorted by a name, each name once: how one is made from the one before,
// and what is different between two. A list is in pieces, and a change makes one piece again and
// shares the others, so both cost what has changed and not what is there.
//
//   before   [a b c] [d e f] [g h i]         after: `e` is another one
//   after       │    [d e'f]    │            one piece is made again, two are shared,
//               └── the same ───┘            and a comparison looks into one

import { limits } from './limits.ts';
import type { Sliced } from './sliced.ts';
import { sortInSlices } from './sort-in-slices.ts';

export interface SortedList<T> {
  /** None of them empty. How values are spread over them depends on what came before. */
  readonly pieces: readonly (readonly T[])[];
  readonly length: number;
}

export type NameOf<T> = (value: T) => string;

export interface Difference<T> {
  readonly name: string;
  /** Null where the list has no value of this name. */
  readonly before: T | null;
  readonly after: T | null;
}

export const EMPTY_LIST: SortedList<never> = { pieces: [], length: 0 };

/** The list of values that are in order, each name once. */
export function sortedList<T>(values: readonly T[]): SortedList<T> {
  return { pieces: cut(values), length: values.length };
}

/** All of them, in order. */
export function valuesOf<T>({ pieces }: SortedList<T>): readonly T[] {
  return pieces.flat();
}

/** The value of this name; null if there is none. */
export function findInList<T>(list: SortedList<T>, name: string, nameOf: NameOf<T>): T | null {
  const piece = list.pieces[findPiece(list, name, nameOf)] ?? [];
  const value = piece[indexOf(piece, name, nameOf)];
  return value !== undefined && nameOf(value) === name ? value : null;
}

/** The list with these values in the place of those of the same name; null takes one away. */
export function replaceInList<T>(
  list: SortedList<T>,
  replaced: ReadonlyMap<string, T | null>,
  nameOf: NameOf<T>,
): SortedList<T> {
  // Without a function it is by UTF-16 code units too, and takes half as long.
  return replaceNames(list, { names: [...replaced.keys()].sort(), replaced }, nameOf);
}

/** The same where so many may be replaced that to sort their names would hold up all else. */
export function* replaceInSlices<T>(
  list: SortedList<T>,
  replaced: ReadonlyMap<string, T | null>,
  nameOf: NameOf<T>,
): Sliced<SortedList<T>> {
  const names = yield* sortInSlices([...replaced.keys()], compare);
  yield;
  const result = replaceNames(list, { names, replaced }, nameOf);
  yield;
  return result;
}

function replaceNames<T>(
  list: SortedList<T>,
  { names, replaced }: Replacement<T>,
  nameOf: NameOf<T>,
): SortedList<T> {
  if (names.length === 0) return list;
  const pieces: (readonly T[])[] = [];
  let { length } = list;
  let from = 0;
  for (let first = 0; first < names.length; ) {
    const at = findPiece(list, names[first] as string, nameOf);
    for (; from < at; from += 1) pieces.push(list.pieces[from] as readonly T[]);
    const next = list.pieces[at + 1]?.[0];
    const end = next === undefined ? names.length : indexOf(names, nameOf(next), (name) => name);
    const before = list.pieces[at] ?? [];
    const after = replaceInPiece(before, { names: names.slice(first, end), replaced }, nameOf);
    length += after.length - before.length;
    append(pieces, after);
    from = at + 1;
    first = end;
  }
  for (; from < list.pieces.length; from += 1) pieces.push(list.pieces[from] as readonly T[]);
  return { pieces, length };
}

/** The names whose values are not the very same in both lists, in order, as they are asked for. */
export function* compareLists<T>(
  before: SortedList<T>,
  after: SortedList<T>,
  nameOf: NameOf<T>,
): Generator<Difference<T>, void, undefined> {
  const left = cursorAt(before);
  const right = cursorAt(after);
  for (;;) {
    skipSame(left, right);
    const old = valueAt(left);
    const next = valueAt(right);
    if (old === undefined && next === undefined) return;
    const order = compareNames(old, next, nameOf);
    const gone = order <= 0 ? (old ?? null) : null;
    const come = order >= 0 ? (next ?? null) : null;
    yield { name: nameOf((gone ?? come) as T), before: gone, after: come };
    if (gone !== null) advance(left);
    if (come !== null) advance(right);
  }
}

interface Replacement<T> {
  /** In order. */
  readonly names: readonly string[];
  readonly replaced: ReadonlyMap<string, T | null>;
}

function replaceInPiece<T>(
  piece: readonly T[],
  { names, replaced }: Replacement<T>,
  nameOf: NameOf<T>,
): readonly T[] {
  const result: T[] = [];
  let from = 0;
  for (const name of names) {
    const at = indexOf(piece, name, nameOf);
    for (; from < at; from += 1) result.push(piece[from] as T);
    if (at < piece.length && nameOf(piece[at] as T) === name) from = at + 1;
    const value = replaced.get(name) ?? null;
    if (value !== null) result.push(value);
  }
  for (; from < piece.length; from += 1) result.push(piece[from] as T);
  return result;
}

/** A piece that has become small joins the one before, so that no list is all crumbs. */
function append<T>(pieces: (readonly T[])[], piece: readonly T[]): void {
  const last = pieces.at(-1);
  const isCrumb = piece.length < limits.listPieceMax / 4;
  if (last !== undefined && isCrumb && last.length + piece.length <= limits.listPieceMax) {
    pieces[pieces.length - 1] = [...last, ...piece];
  } else if (piece.length <= limits.listPieceMax) {
    if (piece.length > 0) pieces.push(piece);
  } else pieces.push(...cut(piece));
}

/** In pieces that are half full, so that each has room for what comes. */
function cut<T>(values: readonly T[]): readonly (readonly T[])[] {
  const size = limits.listPieceMax / 2;
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    values.slice(index * size, (index + 1) * size),
  );
}

/** The piece that a name is in or would come into: the last that does not begin after it. */
function findPiece<T>({ pieces }: SortedList<T>, name: string, nameOf: NameOf<T>): number {
  let [low, high] = [0, pieces.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (nameOf(pieces[middle]?.[0] as T) > name) high = middle - 1;
    else low = middle;
  }
  return low;
}

/** Where the first value lies whose name is not before this one. */
function indexOf<T>(values: readonly T[], name: string, nameOf: NameOf<T>): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (nameOf(values[middle] as T) < name) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A place in a list: behind its last value once there is no such piece. */
interface Cursor<T> {
  readonly pieces: readonly (readonly T[])[];
  piece: number;
  index: number;
}

function cursorAt<T>({ pieces }: SortedList<T>): Cursor<T> {
  return { pieces, piece: 0, index: 0 };
}

function valueAt<T>({ pieces, piece, index }: Cursor<T>): T | undefined {
  return pieces[piece]?.[index];
}

function advance<T>(cursor: Cursor<T>): void {
  cursor.index += 1;
  if (cursor.index < (cursor.pieces[cursor.piece] as readonly T[]).length) return;
  cursor.piece += 1;
  cursor.index = 0;
}

/** Passes what both have, a whole piece at a time where they share one. */
function skipSame<T>(left: Cursor<T>, right: Cursor<T>): void {
  for (;;) {
    const piece = left.pieces[left.piece];
    if (piece === undefined) return;
    if (left.index === 0 && right.index === 0 && piece === right.pieces[right.piece]) {
      left.piece += 1;
      right.piece += 1;
    } else if (valueAt(left) === valueAt(right)) {
      advance(left);
      advance(right);
    } else return;
  }
}

/** What is missing comes last, so that the rest of the other list is taken first. */
function compareNames<T>(a: T | undefined, b: T | undefined, nameOf: NameOf<T>): number {
  if (a === undefined) return 1;
  return b === undefined ? -1 : compare(nameOf(a), nameOf(b));
}

/** By UTF-16 code units. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

// Server-side apply: what a manager says it wants, and what is there, to what is wanted. Fields
// that the manager no longer names go, if nobody else owns them; those of others are conflicts.

import { isDeepStrictEqual } from 'node:util';
import { type ApiObject, type Fields, fieldsOf, isFields, listOf } from './api-object.ts';
import { StatusError } from './api-status.ts';
import {
  type FieldPath,
  type FieldSet,
  fieldValues,
  itemStep,
  pathOf,
  stepsOf,
} from './field-set.ts';
import { applyKeysOf, pathTo } from './list-keys.ts';
import {
  isSameWriter,
  keep,
  type Ownership,
  readOwnerships,
  type Writer,
} from './managed-fields.ts';

export interface Applied {
  readonly object: Fields;
  readonly ownerships: readonly Ownership[];
}

/** Throws 409 when `config` changes fields that others own, unless forced to take them. */
export function applyConfiguration(
  current: ApiObject,
  config: Fields,
  writer: Writer,
  isForced: boolean,
): Applied {
  const wanted = fieldValues(config);
  const values = fieldValues(current);
  const all = readOwnerships(current);
  const others = all.filter((ownership) => !isSameWriter(ownership.writer, writer));
  const isChanged = (path: FieldPath) =>
    wanted.has(path) && values.has(path) && !isDeepStrictEqual(wanted.get(path), values.get(path));
  const disputed = others.map((ownership) => ({
    ...ownership,
    fields: keep(ownership.fields, isChanged),
  }));
  if (!isForced && disputed.some(({ fields }) => fields.size > 0)) throw conflicts(disputed);
  const mine = all.find((ownership) => isSameWriter(ownership.writer, writer));
  const fields: FieldSet = new Set(wanted.keys());
  const kept = others.map((ownership) => ({
    ...ownership,
    fields: keep(ownership.fields, (path) => !isChanged(path)),
  }));
  const dropped = [...(mine?.fields ?? [])].filter((path) => !fields.has(path));
  const held = kept.reduce<FieldSet>((set, ownership) => set.union(ownership.fields), fields);
  const merged = merge(current, config, '') as Fields;
  return {
    object: dropped.toSorted(itemsFirst).reduce((object, path) => drop(object, path, held), merged),
    ownerships: [...kept, { writer, apiVersion: current.apiVersion, fields }],
  };
}

function merge(current: unknown, config: unknown, path: string): unknown {
  if (isFields(config)) {
    const merged = { ...fieldsOf(current) };
    for (const [name, value] of Object.entries(config)) {
      merged[name] = merge(merged[name], value, pathTo(path, name));
    }
    return merged;
  }
  const keys = applyKeysOf(path);
  if (!Array.isArray(config) || keys === null) return config;
  const items = [...listOf(current)];
  for (const item of config) {
    const step = itemStep(item, keys);
    const at = items.findIndex((other) => itemStep(other, keys) === step);
    items[at === -1 ? items.length : at] = merge(items[at], item, path);
  }
  return items;
}

/** Without the field, unless somebody holds it or, for an item of a list, anything in it. */
function drop(object: Fields, path: FieldPath, held: FieldSet): Fields {
  const steps = stepsOf(path);
  const item = pathOf(steps.slice(0, -1));
  const isItem = steps.at(-1) === '.';
  const isHeld = isItem ? [...held].some((other) => other.startsWith(item)) : held.has(path);
  if (isHeld) return object;
  return fieldsOf(without(object, isItem ? steps.slice(0, -1) : steps));
}

function without(value: unknown, [first = '', ...rest]: readonly string[]): unknown {
  if (first.startsWith('k:') && Array.isArray(value)) {
    const keys = Object.keys(JSON.parse(first.slice(2)));
    return value.flatMap((item) => {
      if (itemStep(item, keys) !== first) return [item];
      // What tells the item apart stays as long as the item does.
      if (rest.length === 1 && keys.includes((rest[0] ?? '').slice(2))) return [item];
      return rest.length === 0 ? [] : [without(item, rest)];
    });
  }
  if (!isFields(value)) return value;
  const name = first.slice(2);
  const { [name]: inner, ...others } = value;
  if (rest.length === 0 || inner === undefined) return others;
  const left = without(inner, rest);
  const isEmpty = isFields(left) ? Object.keys(left).length === 0 : listOf(left).length === 0;
  return isEmpty && typeof left === 'object' ? others : { ...value, [name]: left };
}

function itemsFirst(a: FieldPath, b: FieldPath): number {
  return Number(b.endsWith('.')) - Number(a.endsWith('.'));
}

function conflicts(disputed: readonly Ownership[]): StatusError {
  const causes = disputed.flatMap(({ writer: { manager, operation }, apiVersion, fields }) =>
    [...fields].map((path) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with "${manager}"${operation === 'Update' ? ` using ${apiVersion}` : ''}`,
      field: stepsOf(path).map(spoken).join(''),
    })),
  );
  const list = causes.map(({ message, field }) => `${message}: ${field}`).join('; ');
  const noun = causes.length === 1 ? 'conflict' : 'conflicts';
  return new StatusError({
    code: 409,
    reason: 'Conflict',
    message: `Apply failed with ${causes.length} ${noun}: ${list}`,
    details: { causes },
  });
}

function spoken(step: string): string {
  return step.startsWith('f:') ? `.${step.slice(2)}` : `[${step.slice(2)}]`;
}

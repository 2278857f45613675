// Strategic merge patch: a merge patch that merges lists of named things item by item, with its
// directives. Source: "Strategic merge patch" in the Kubernetes API conventions.

import { type Fields, fieldsOf, isFields, listOf } from './api-object.ts';
import { isMergedSet, mergeKeysOf, pathTo } from './list-keys.ts';

const DELETE_FROM = '$deleteFromPrimitiveList/';
const SET_ORDER = '$setElementOrder/';

export function strategicMergePatch(target: unknown, patch: unknown, path = ''): unknown {
  if (!isFields(patch)) return patch;
  if (patch.$patch === 'replace') return withoutDirectives(patch);
  const merged = new Map(Object.entries(retained(fieldsOf(target), patch.$retainKeys)));
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith(DELETE_FROM)) {
      const field = name.slice(DELETE_FROM.length);
      const doomed = listOf(value);
      merged.set(
        field,
        listOf(merged.get(field)).filter((item) => !doomed.includes(item)),
      );
    } else if (name.startsWith('$')) {
      // An order, or a directive that has been followed.
    } else if (value === null || fieldsOf(value).$patch === 'delete') {
      merged.delete(name);
    } else {
      const order = patch[`${SET_ORDER}${name}`];
      merged.set(name, mergeField(merged.get(name), value, pathTo(path, name), order));
    }
  }
  return Object.fromEntries(merged);
}

function mergeField(current: unknown, value: unknown, path: string, order: unknown): unknown {
  if (!Array.isArray(value)) return strategicMergePatch(current, value, path);
  if (isMergedSet(path)) return [...new Set([...listOf(current), ...value])];
  const keys = mergeKeysOf(path);
  if (keys === null || value.some((item) => fieldsOf(item).$patch === 'replace')) {
    return value.filter((item) => fieldsOf(item).$patch === undefined);
  }
  const merged = mergeItems(listOf(current), value, keys, path);
  return Array.isArray(order) ? inOrder(merged, order, keys) : merged;
}

function mergeItems(
  current: readonly unknown[],
  patches: readonly unknown[],
  keys: readonly string[],
  path: string,
): readonly unknown[] {
  const items = [...current];
  for (const patch of patches) {
    const at = items.findIndex((item) => isSame(item, patch, keys));
    if (fieldsOf(patch).$patch !== 'delete') {
      items[at === -1 ? items.length : at] = strategicMergePatch(items[at], patch, path);
    } else if (at !== -1) items.splice(at, 1);
  }
  return items;
}

function inOrder(items: readonly unknown[], order: readonly unknown[], keys: readonly string[]) {
  const placeOf = (item: unknown) => {
    const place = order.findIndex((wanted) => isSame(item, wanted, keys));
    return place === -1 ? order.length : place;
  };
  return items.toSorted((a, b) => placeOf(a) - placeOf(b));
}

function isSame(a: unknown, b: unknown, keys: readonly string[]): boolean {
  return keys.every((key) => fieldsOf(a)[key] === fieldsOf(b)[key]);
}

function retained(target: Fields, keys: unknown): Fields {
  if (!Array.isArray(keys)) return target;
  return Object.fromEntries(Object.entries(target).filter(([name]) => keys.includes(name)));
}

function withoutDirectives(patch: Fields): Fields {
  return Object.fromEntries(Object.entries(patch).filter(([name]) => !name.startsWith('$')));
}

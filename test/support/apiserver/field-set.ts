// Which fields an object has, as paths that stay true when lists are reordered, and the tree form
// (FieldsV1) in which managedFields keeps them. Source: "Server-Side Apply" in the Kubernetes docs.

import { type Fields, fieldsOf, isFields, listOf } from './api-object.ts';
import { applyKeysOf, pathTo } from './list-keys.ts';

/** Steps as in FieldsV1 (`f:spec`, `k:{"name":"web"}`, `.`), joined. */
export type FieldPath = string;
export type FieldSet = ReadonlySet<FieldPath>;

/** No FieldsV1 step holds a line break. */
const JOINT = '\n';
/** What names the object, or is the server's: nobody owns it. */
const UNOWNED = ['apiVersion', 'kind'];
const UNOWNED_METADATA = [
  ...['name', 'namespace', 'uid', 'resourceVersion', 'generation'],
  ...['creationTimestamp', 'managedFields', 'selfLink'],
];

/** Every field that has a value of its own; a list that is replaced as a whole is one field. */
export function fieldValues(object: Fields): ReadonlyMap<FieldPath, unknown> {
  const values = new Map<FieldPath, unknown>();
  for (const [name, value] of Object.entries(object)) {
    if (name === 'metadata') {
      const owned = Object.entries(fieldsOf(value)).filter(
        ([key]) => !UNOWNED_METADATA.includes(key),
      );
      for (const [key, inner] of owned)
        collect(values, ['f:metadata', `f:${key}`], `metadata.${key}`, inner);
    } else if (!UNOWNED.includes(name)) collect(values, [`f:${name}`], name, value);
  }
  return values;
}

export function stepsOf(path: FieldPath): readonly string[] {
  return path.split(JOINT);
}

export function pathOf(steps: readonly string[]): FieldPath {
  return steps.join(JOINT);
}

/** The step to an item of a list whose items are told apart by `keys`. */
export function itemStep(item: unknown, keys: readonly string[]): string {
  const fields = fieldsOf(item);
  return `k:${JSON.stringify(Object.fromEntries(keys.map((key) => [key, fields[key] ?? 'TCP'])))}`;
}

export function toFieldsV1(paths: Iterable<FieldPath>): Fields {
  const root: Record<string, unknown> = {};
  for (const path of paths) {
    let node = root;
    for (const step of stepsOf(path)) {
      node[step] ??= {};
      node = node[step] as Record<string, unknown>;
    }
  }
  return root;
}

export function fromFieldsV1(tree: unknown): FieldSet {
  const paths = new Set<FieldPath>();
  const walk = (node: Fields, steps: readonly string[]) => {
    const entries = Object.entries(node);
    if (entries.length === 0) paths.add(pathOf(steps));
    for (const [step, child] of entries) walk(fieldsOf(child), [...steps, step]);
  };
  for (const [step, child] of Object.entries(fieldsOf(tree))) walk(fieldsOf(child), [step]);
  return paths;
}

function collect(
  values: Map<FieldPath, unknown>,
  steps: readonly string[],
  path: string,
  value: unknown,
): void {
  if (isFields(value) && Object.keys(value).length > 0) {
    for (const [name, inner] of Object.entries(value)) {
      collect(values, [...steps, `f:${name}`], pathTo(path, name), inner);
    }
    return;
  }
  const keys = applyKeysOf(path);
  if (!Array.isArray(value) || keys === null) {
    values.set(pathOf(steps), value);
    return;
  }
  for (const item of listOf(value)) {
    const inside = [...steps, itemStep(item, keys)];
    values.set(pathOf([...inside, '.']), true);
    for (const [name, inner] of Object.entries(fieldsOf(item))) {
      collect(values, [...inside, `f:${name}`], pathTo(path, name), inner);
    }
  }
}

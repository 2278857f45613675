// Who owns which field: managedFields, kept up by every write. Pure. Server-side apply asks here
// whose fields it would take.

import { isDeepStrictEqual } from 'node:util';
import { type ApiObject, type Fields, fieldsOf } from './api-object.ts';
import {
  type FieldPath,
  type FieldSet,
  fieldValues,
  fromFieldsV1,
  toFieldsV1,
} from './field-set.ts';

export interface Writer {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  /** Empty for the object itself. */
  readonly subresource: string;
  /** RFC 3339. */
  readonly time: string;
}

export interface Ownership {
  readonly writer: Writer;
  readonly apiVersion: string;
  readonly fields: FieldSet;
}

export function readOwnerships({ metadata }: ApiObject): readonly Ownership[] {
  return (metadata.managedFields ?? []).map(fieldsOf).map((entry) => ({
    writer: {
      manager: String(entry.manager),
      operation: entry.operation === 'Apply' ? 'Apply' : 'Update',
      subresource: String(entry.subresource ?? ''),
      time: String(entry.time),
    },
    apiVersion: String(entry.apiVersion),
    fields: fromFieldsV1(entry.fieldsV1),
  }));
}

export function isSameWriter(a: Writer, b: Writer): boolean {
  const isSame = a.manager === b.manager && a.operation === b.operation;
  return isSame && a.subresource === b.subresource;
}

/** `next` with the owners it has after `writer` changed `before` into it, other than by apply. */
export function withUpdateTracked(
  before: ApiObject | null,
  next: ApiObject,
  writer: Writer,
): ApiObject {
  const was = before === null ? new Map<FieldPath, unknown>() : fieldValues(before);
  const is = fieldValues(next);
  const changed = [...is].filter(([path, value]) => !isDeepStrictEqual(was.get(path), value));
  const taken = new Set(changed.map(([path]) => path));
  const old = before === null ? [] : readOwnerships(before);
  const others = old.map((ownership) => ({
    ...ownership,
    fields: keep(ownership.fields, (path) => is.has(path) && !taken.has(path)),
  }));
  return withOwnerships(next, [...others, { writer, apiVersion: next.apiVersion, fields: taken }]);
}

/** Entries of one writer become one; those that own nothing go. */
export function withOwnerships(object: ApiObject, ownerships: readonly Ownership[]): ApiObject {
  const merged: Ownership[] = [];
  for (const ownership of ownerships) {
    const at = merged.findIndex(({ writer }) => isSameWriter(writer, ownership.writer));
    const same = merged[at];
    if (same === undefined) merged.push(ownership);
    else merged[at] = { ...ownership, fields: same.fields.union(ownership.fields) };
  }
  const managedFields = merged.filter(({ fields }) => fields.size > 0).map(toEntry);
  return { ...object, metadata: { ...object.metadata, managedFields } };
}

export function keep(fields: FieldSet, isKept: (path: FieldPath) => boolean): FieldSet {
  return new Set([...fields].filter(isKept));
}

function toEntry({ writer, apiVersion, fields }: Ownership): Fields {
  const { manager, operation, subresource, time } = writer;
  return {
    ...{ manager, operation, apiVersion, time },
    ...{ fieldsType: 'FieldsV1', fieldsV1: toFieldsV1(fields) },
    ...(subresource !== '' && { subresource }),
  };
}

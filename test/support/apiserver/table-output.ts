// Objects as rows of a Table, when a client asks for that: what `kubectl get` prints.

import type { ApiObject, Fields } from './api-object.ts';
import { type Column, columnsOf } from './table-columns.ts';

/** Whether the client asks for a Table before anything else that is served here. */
export function wantsTable(accept: string): boolean {
  return accept.split(',').some((type) => type.includes(';as=Table') && type.includes('v=v1;'));
}

export interface TableOptions {
  readonly kind: string;
  readonly objects: readonly ApiObject[];
  /** Of the list; empty for a single object. */
  readonly metadata: Fields;
  /** What a row carries of its object: all of it, its metadata, or nothing. */
  readonly includeObject: string;
  readonly nowMs: number;
}

export function tableOf(options: TableOptions): Fields {
  const columns = columnsOf(options.kind);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: options.metadata,
    columnDefinitions: columns.map(definition),
    rows: options.objects.map((object) => ({
      cells: columns.map(({ cell }) => cell(object, options.nowMs) ?? ''),
      ...rowObject(object, options.includeObject),
    })),
  };
}

function definition({ name, isWide }: Column): Fields {
  const format = name === 'Name' ? 'name' : '';
  return { name, type: 'string', format, description: name, priority: isWide ? 1 : 0 };
}

function rowObject(object: ApiObject, includeObject: string): Fields {
  if (includeObject === 'None') return {};
  if (includeObject === 'Object') return { object };
  const { metadata } = object;
  return { object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata } };
}

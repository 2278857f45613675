// The objects of the test API server as data: their types, keys and loose field access. What is
// stored never changes; a write makes another object.

import type { ApiKind } from './api-kinds.ts';

export type Fields = Readonly<Record<string, unknown>>;
export type Labels = Readonly<Record<string, string>>;

export interface ObjectMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
  readonly generation?: number;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly managedFields?: readonly unknown[];
  readonly [field: string]: unknown;
}

/** What the server stores and answers with. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMetadata;
  readonly [field: string]: unknown;
}

/** What a test hands in: the server fills in the rest. */
export interface ApiInput {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Partial<ObjectMetadata> & { readonly name: string };
  readonly [field: string]: unknown;
}

/** An object's name in full. Without `apiVersion` the first kind of that name is meant. */
export interface ObjectRef {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The mapping itself, or an empty one in place of anything else. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** The list itself, or an empty one in place of anything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A field by its path: `spec.nodeName`. Undefined where the path ends early. */
export function fieldAt(object: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => fieldsOf(value)[name], object);
}

/** The order of keys is the order of lists: by namespace, then by name. */
export function keyOf(kind: ApiKind, namespace: string | undefined, name: string): string {
  return kind.isNamespaced ? `${namespace ?? ''}/${name}` : name;
}

// What a write makes of an object: the parts that the server owns (uid, times, generation), those
// that the client may not touch through this door (status), and the check of versions. Pure.

import { isDeepStrictEqual } from 'node:util';
import type { ApiKind } from './api-kinds.ts';
import { apiVersionOf } from './api-kinds.ts';
import { type ApiObject, type Fields, fieldsOf } from './api-object.ts';
import { badRequest, conflict, invalid, MODIFIED } from './api-status.ts';
import { initialStatus, withDefaults } from './default-fields.ts';
import { validateChange, validateObject } from './validate-object.ts';

export interface Birth {
  readonly uid: string;
  /** RFC 3339, whole seconds. */
  readonly time: string;
  /** Numbers what is allocated for the object. */
  readonly counter: number;
  /** Keep the status it comes with, as if a controller had written it at once. */
  readonly keepsStatus: boolean;
}

/** The object to store for a body that asks to make one; its name is settled. */
export function objectToCreate(kind: ApiKind, body: Fields, birth: Birth): ApiObject {
  const metadata = fieldsOf(body.metadata);
  if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== '') {
    throw badRequest('resourceVersion should not be set on objects to be created');
  }
  const object = withDefaults(kind, body, birth.counter);
  const keepsStatus = !kind.hasStatus || (birth.keepsStatus && body.status !== undefined);
  const made = {
    ...object,
    ...typeOf(kind),
    metadata: {
      ...fieldsOf(object.metadata),
      uid: birth.uid,
      creationTimestamp: birth.time,
      ...(kind.hasGeneration && { generation: 1 }),
    },
    ...(!keepsStatus && { status: initialStatus(kind) }),
  } as unknown as ApiObject;
  const causes = validateObject(kind, made);
  if (causes.length > 0) throw invalid(kind, made.metadata.name, causes);
  return made;
}

/** The object to store in place of `current`, or `current` itself if that changes nothing. */
export function objectToUpdate(
  kind: ApiKind,
  current: ApiObject,
  body: Fields,
  door: 'main' | 'status' | 'both',
): ApiObject {
  const metadata = fieldsOf(body.metadata);
  checkPreconditions(kind, current, metadata);
  const wanted = door === 'status' ? statusChange(current, body) : mainChange(kind, current, body);
  const updated = door === 'main' && kind.hasStatus ? withStatusOf(wanted, current) : wanted;
  const next = {
    ...updated,
    ...typeOf(kind),
    metadata: { ...fieldsOf(updated.metadata), ...ownedByServer(current) },
  } as unknown as ApiObject;
  if (isDeepStrictEqual(comparable(next), comparable(current))) return current;
  const causes = [...validateObject(kind, next), ...validateChange(kind, current, next)];
  if (causes.length > 0) throw invalid(kind, current.metadata.name, causes);
  return kind.hasGeneration ? withGeneration(next, current) : next;
}

export function checkPreconditions(kind: ApiKind, current: ApiObject, wanted: Fields): void {
  const { name, uid, resourceVersion } = current.metadata;
  const isOther = (value: unknown, own: string) => Boolean(value) && value !== own;
  if (isOther(wanted.uid, uid)) {
    const because = `Precondition failed: UID in precondition: ${wanted.uid}, UID in object meta: ${uid}`;
    throw conflict(kind, name, because);
  }
  if (isOther(wanted.resourceVersion, resourceVersion)) throw conflict(kind, name, MODIFIED);
}

function mainChange(kind: ApiKind, current: ApiObject, body: Fields): Fields {
  // What the server allocated for a Service stays when the client leaves it out.
  if (kind.kind !== 'Service') return withDefaults(kind, body, 0);
  const { clusterIP, clusterIPs } = fieldsOf(current.spec);
  const kept = { ...(clusterIP !== undefined && { clusterIP, clusterIPs }) };
  return withDefaults(kind, { ...body, spec: { ...kept, ...fieldsOf(body.spec) } }, 0);
}

/** Nothing but the status passes through the status door. */
function statusChange(current: ApiObject, body: Fields): Fields {
  return { ...current, status: body.status };
}

function withStatusOf(wanted: Fields, { status }: ApiObject): Fields {
  const { status: _, ...others } = wanted;
  return status === undefined ? others : { ...others, status };
}

function ownedByServer({ metadata }: ApiObject): Fields {
  const { name, namespace, uid, creationTimestamp, resourceVersion, generation } = metadata;
  const { managedFields } = metadata;
  return {
    ...{ name, uid, creationTimestamp, resourceVersion },
    ...(namespace !== undefined && { namespace }),
    ...(generation !== undefined && { generation }),
    ...(managedFields !== undefined && { managedFields }),
  };
}

function withGeneration(next: ApiObject, current: ApiObject): ApiObject {
  if (isDeepStrictEqual(wantedPart(next), wantedPart(current))) return next;
  const generation = (current.metadata.generation ?? 0) + 1;
  return { ...next, metadata: { ...next.metadata, generation } };
}

function wantedPart({ metadata: _, status: __, ...wanted }: ApiObject): Fields {
  return wanted;
}

/** Who wrote last is no change by itself. */
function comparable(object: ApiObject): Fields {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function typeOf(kind: ApiKind): Fields {
  return { apiVersion: apiVersionOf(kind), kind: kind.kind };
}

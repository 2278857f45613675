// Events exist in two API groups over the same objects: stored in the form of the core group, and
// shown in either. Other kinds pass through unchanged.

import { type ApiKind, apiVersionOf } from './api-kinds.ts';
import type { ApiObject, Fields } from './api-object.ts';

const CORE_NAMES: Readonly<Record<string, string>> = {
  regarding: 'involvedObject',
  note: 'message',
  deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
  reportingController: 'reportingComponent',
};
const GROUP_NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(CORE_NAMES).map(([group, core]) => [core, group]),
);

/** The body of a write, in the form that is stored. */
export function toStored(kind: ApiKind, body: Fields): Fields {
  return isEventsGroup(kind) ? { ...renamed(body, CORE_NAMES), apiVersion: 'v1' } : body;
}

/** A stored object, in the form of the group it was asked for in. */
export function toServed(kind: ApiKind, object: ApiObject): ApiObject {
  if (!isEventsGroup(kind)) return object;
  return { ...renamed(object, GROUP_NAMES), apiVersion: apiVersionOf(kind) } as ApiObject;
}

/** A field selector's path, in the form that is stored. */
export function toStoredPath(kind: ApiKind, path: string): string {
  const [first = '', ...others] = path.split('.');
  return isEventsGroup(kind) ? [CORE_NAMES[first] ?? first, ...others].join('.') : path;
}

export function isEventsGroup({ group }: ApiKind): boolean {
  return group === 'events.k8s.io';
}

function renamed(object: Fields, names: Readonly<Record<string, string>>): Fields {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [names[name] ?? name, value]),
  );
}

// unknown -> Resource, or the faults that stop it from being one. Structure only: types, required
// fields, the forms of names. It does not know where the value came from.

import type { ObjectRef } from '#base/problem.ts';
import type { Kind } from './kinds.ts';
import { dnsLabel, dnsSubdomain } from './names.ts';
import { type Fault, Reader } from './reader.ts';
import type { Metadata, Resource } from './resources.ts';

export interface Parsed {
  /** Null where the object cannot even be named. */
  readonly ref: ObjectRef | null;
  /** Null if there is any fault. */
  readonly resource: Resource | null;
  readonly faults: readonly Fault[];
}

/**
 * Parses one object that says it is of `kind`. Absent optional fields get the defaults of the
 * Kubernetes API; fields that Headgate does not read are not looked at.
 */
export function parse(kind: Kind, value: unknown, locate: Metadata['locate']): Parsed {
  const faults: Fault[] = [];
  const object = Reader.of(value, faults);
  const metadata = parseMetadata(object.at('metadata'), kind.isNamespaced, locate);
  const { namespace, name } = metadata;
  const ref = faults.length === 0 ? { kind: kind.kind, namespace, name } : null;
  const uid = object.at('metadata').at('uid').optionalString();
  const createdAtMs = object.at('metadata').at('creationTimestamp').optionalTimestampMs();
  const resource = kind.parse(object, { ...metadata, uid, createdAtMs });
  return { ref, resource: faults.length === 0 ? resource : null, faults };
}

function parseMetadata(metadata: Reader, isNamespaced: boolean, locate: Metadata['locate']) {
  const namespace = metadata.at('namespace');
  const name = metadata.at('name').name(dnsSubdomain);
  if (!isNamespaced) return { namespace: '', name, locate };
  return { namespace: namespace.isPresent ? namespace.name(dnsLabel) : 'default', name, locate };
}

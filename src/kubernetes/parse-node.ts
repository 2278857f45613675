// v1 Node, from an unknown value: where it stands, and nothing of how it fares, which changes every
// few seconds.

import type { Reader } from './reader.ts';
import type { Metadata, Node } from './resources.ts';

export function parseNode(object: Reader, metadata: Metadata): Node {
  const zone = object.at('metadata').at('labels').at('topology.kubernetes.io/zone');
  // An empty label says nothing.
  return { ...metadata, kind: 'Node', zone: zone.optionalString() || null };
}

// What is asked of the API server, by where the controller runs and what it may see.

import { describe, expect, it } from 'vitest';
import { type CollectionScope, collectionsOf } from '#kubernetes/collections.ts';

const PLAIN: CollectionScope = { namespaces: [], controllerNamespace: null, nodeName: null };

function asked(scope: Partial<CollectionScope>): string[] {
  return collectionsOf({ ...PLAIN, ...scope }).map(({ path, query, isOptional }) => {
    const search = new URLSearchParams(query).toString();
    return `${path}${search && '?'}${search}${isOptional ? ' (optional)' : ''}`;
  });
}

describe('what is watched', () => {
  it('is the whole cluster', () => {
    expect(asked({})).toEqual([
      '/apis/networking.k8s.io/v1/ingresses',
      '/apis/networking.k8s.io/v1/ingressclasses',
      '/api/v1/services',
      '/apis/discovery.k8s.io/v1/endpointslices',
      '/api/v1/secrets?fieldSelector=type%3Dkubernetes.io%2Ftls',
    ]);
  });

  it('in a pod is its own namespace and node besides', () => {
    const pod = asked({ controllerNamespace: 'headgate', nodeName: 'node-1' });
    expect(pod.slice(asked({}).length)).toEqual([
      '/api/v1/namespaces/headgate/configmaps (optional)',
      '/api/v1/nodes?fieldSelector=metadata.name%3Dnode-1 (optional)',
    ]);
  });

  it('may be some namespaces, where what is in none cannot be granted', () => {
    expect(asked({ namespaces: ['shop', 'web'] })).toEqual([
      '/apis/networking.k8s.io/v1/namespaces/shop/ingresses',
      '/apis/networking.k8s.io/v1/namespaces/web/ingresses',
      '/apis/networking.k8s.io/v1/ingressclasses (optional)',
      '/api/v1/namespaces/shop/services',
      '/api/v1/namespaces/web/services',
      '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices',
      '/apis/discovery.k8s.io/v1/namespaces/web/endpointslices',
      '/api/v1/namespaces/shop/secrets?fieldSelector=type%3Dkubernetes.io%2Ftls',
      '/api/v1/namespaces/web/secrets?fieldSelector=type%3Dkubernetes.io%2Ftls',
    ]);
  });
});

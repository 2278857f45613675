// Which addresses clients reach us under, from pods, nodes and Services as the API server has them.

import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import {
  externalAddresses,
  nodeAddresses,
  parsePods,
  selectorOfWorkload,
  serviceAddresses,
} from '#kubernetes/node-addresses.ts';

function pod(node: string, status: object, metadata: object = {}) {
  return { metadata: { name: `on-${node}`, ...metadata }, spec: { nodeName: node }, status };
}

const READY = [{ type: 'Ready', status: 'True' }];

describe('the nodes of the pods', () => {
  it.each([
    ['a ready pod counts', pod('n', { hostIP: '10.0.0.1', conditions: READY }), ['10.0.0.1']],
    [
      'both families count',
      pod('n', { hostIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }], conditions: READY }),
      ['10.0.0.1', 'fd00::1'],
    ],
    [
      'one that is not ready is out',
      pod('n', { hostIP: '10.0.0.1', conditions: [{ type: 'Ready', status: 'False' }] }),
      [],
    ],
    ['one without a word is out', pod('n', { hostIP: '10.0.0.1' }), []],
    ['one without a node is out', pod('', { conditions: READY }), []],
    [
      'one that is deleted is out',
      pod(
        'n',
        { hostIP: '10.0.0.1', conditions: READY },
        { deletionTimestamp: '2026-01-01T00:00:00Z' },
      ),
      [],
    ],
  ])('%s', (_rule, object, addresses) => {
    expect(nodeAddresses(parsePods({ items: [object] }), new Map())).toEqual(addresses);
  });

  it('external addresses come before internal ones, node by node', () => {
    const items = ['1', '2'].map((node) => {
      return pod(node, { hostIP: `10.0.0.${node}`, conditions: READY });
    });
    const external = new Map([['2', ['203.0.113.2']]]);
    expect(nodeAddresses(parsePods({ items }), external)).toEqual(['10.0.0.1', '203.0.113.2']);
  });

  it('two pods of one node are one address', () => {
    const twice = pod('n', { hostIP: '10.0.0.1', conditions: READY });
    expect(nodeAddresses(parsePods({ items: [twice, twice] }), new Map())).toEqual(['10.0.0.1']);
  });

  it('there is a bound', () => {
    const items = Array.from({ length: 200 }, (_, index) => {
      return pod(`n${index}`, { hostIP: `10.0.0.${index}`, conditions: READY });
    });
    const addresses = nodeAddresses(parsePods({ items }), new Map());
    expect(addresses).toHaveLength(limits.publishedAddressesMax);
  });
});

it('the external addresses of a node are IP addresses', () => {
  const addresses = [
    { type: 'InternalIP', address: '10.0.0.1' },
    { type: 'ExternalIP', address: '203.0.113.1' },
    { type: 'ExternalDNS', address: 'node.example' },
    { type: 'ExternalIP', address: 'not an address' },
  ];
  expect(externalAddresses({ status: { addresses } })).toEqual(['203.0.113.1']);
  expect(externalAddresses(undefined)).toEqual([]);
});

it('the pods of a workload are told by the labels that they share', () => {
  const labels = { app: 'headgate', 'controller-revision-hash': 'x', tier: 'edge' };
  expect(selectorOfWorkload({ metadata: { labels } })).toBe('app=headgate,tier=edge');
  expect(selectorOfWorkload({ metadata: { labels: { 'pod-template-hash': 'x' } } })).toBeNull();
});

it('the pods of an installation are told by its name, although an upgrade labels them anew', () => {
  const own = { 'app.kubernetes.io/name': 'headgate', 'app.kubernetes.io/instance': 'edge' };
  const selector = 'app.kubernetes.io/instance=edge,app.kubernetes.io/name=headgate';
  for (const labels of [own, { ...own, team: 'a' }, { ...own, team: 'b', more: 'c' }]) {
    expect(selectorOfWorkload({ metadata: { labels } })).toBe(selector);
  }
});

describe('the addresses of a Service', () => {
  const balanced = { loadBalancer: { ingress: [{ hostname: 'lb.example' }, { ip: '192.0.2.9' }] } };

  it.each([
    [
      'LoadBalancer',
      { type: 'LoadBalancer', clusterIPs: ['10.96.0.1'] },
      balanced,
      ['192.0.2.9', 'lb.example'],
    ],
    ['LoadBalancer', { type: 'LoadBalancer', externalIPs: ['198.51.100.1'] }, {}, ['198.51.100.1']],
    ['LoadBalancer', { type: 'LoadBalancer', clusterIPs: ['10.96.0.1'] }, {}, []],
    [
      'ClusterIP',
      { type: 'ClusterIP', clusterIPs: ['10.96.0.1', 'fd00::1'] },
      {},
      ['10.96.0.1', 'fd00::1'],
    ],
    ['ClusterIP', { clusterIPs: ['None'] }, {}, []],
    [
      'NodePort',
      { type: 'NodePort', clusterIPs: ['10.96.0.1'], externalIPs: ['198.51.100.1'] },
      {},
      ['198.51.100.1'],
    ],
    ['ExternalName', { type: 'ExternalName', externalName: 'edge.example' }, {}, ['edge.example']],
  ])('of type %s: %j with %j', (_type, spec, status, addresses) => {
    expect(serviceAddresses({ spec, status })).toEqual(addresses);
  });
});

// Which addresses are never proxied to, and what is said about each.

import { describe, expect, it } from 'vitest';
import { endpointHazard } from '#translate/endpoint-hazard.ts';
import { optionsOf } from '../support/translate-options.ts';

const CLUSTER = optionsOf({ allowLocalEndpoints: false });

// biome-ignore format: a table
const HAZARDS = [
  ['0.0.0.0',                'an unspecified address'],
  ['0.1.2.3',                'an unspecified address'],
  ['127.0.0.1',              'a loopback address'],
  ['127.255.255.255',        'a loopback address'],
  ['169.254.169.254',        'a link-local address'],
  ['224.0.0.1',              'a multicast address'],
  ['239.255.255.255',        'a multicast address'],
  ['240.0.0.1',              'a reserved address'],
  ['255.255.255.255',        'a reserved address'],
  ['100.100.100.200',        'the metadata service of a cloud'],
  ['168.63.129.16',          'the metadata service of a cloud'],
  ['::',                     'an unspecified address'],
  ['::1',                    'a loopback address'],
  ['fe80::1',                'a link-local address'],
  ['febf::1',                'a link-local address'],
  ['ff02::1',                'a multicast address'],
  ['fd00:ec2::254',          'the metadata service of a cloud'],
  ['fd20:ce::254',           'the metadata service of a cloud'],
  ['::ffff:7f00:1',          'a loopback address'],
  ['::7f00:1',               'a loopback address'],
  ['::ffff:a9fe:a9fe',       'a link-local address'],
  ['64:ff9b::a9fe:a9fe',     'a link-local address'],
  ['64:ff9b::7f00:1',        'a loopback address'],
  ['10.0.0.1',               null],
  ['100.100.100.201',        null],
  ['126.255.255.255',        null],
  ['128.0.0.1',              null],
  ['169.253.255.255',        null],
  ['169.255.0.1',            null],
  ['192.168.0.1',            null],
  ['223.255.255.255',        null],
  ['2001:db8::1',            null],
  ['2001:db8::7f00:1',       null],
  ['fd00:ec2::253',          null],
  ['fec0::1',                null],
  ['::ffff:a00:1',           null],
  ['64:ff9b::a00:1',         null],
  ['64:ff9b:1::7f00:1',      null],
] as const;

describe.each(HAZARDS)('%s', (address, hazard) => {
  it(`is ${hazard ?? 'an endpoint like others'}`, () => {
    expect(endpointHazard({ address, port: 80 }, CLUSTER)).toBe(hazard);
  });

  it('is an endpoint where the operator allows local ones', () => {
    expect(endpointHazard({ address, port: 80 }, optionsOf())).toBeNull();
  });
});

it.each([
  ['192.0.2.1', 10_254, 'the admin port of Headgate itself'],
  ['192.0.2.1', 80, null],
  ['192.0.2.2', 10_254, null],
])(
  '%s port %d, where the admin server listens on 192.0.2.1 port 10254',
  (address, port, hazard) => {
    const options = optionsOf({ adminEndpoints: [{ address: '192.0.2.1', port: 10_254 }] });
    expect(endpointHazard({ address, port }, options)).toBe(hazard);
  },
);

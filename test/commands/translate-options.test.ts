// What the settings mean to translate: manifests are the operator's own word, a cluster is not.

import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { translateOptions } from '../../src/commands/translate-options.ts';
import { readConfig } from '../../src/config.ts';
import { settings } from '../../src/settings.ts';

const KEYS = Object.keys(settings) as (keyof typeof settings)[];

function optionsFrom(given: Parameters<typeof readConfig>[1]) {
  return translateOptions(readConfig(KEYS, given, {}));
}

describe('with manifests', () => {
  it('no class need be there, local endpoints count, parameters may be anywhere', () => {
    expect(optionsFrom({ manifests: ['d'], podNamespace: ['headgate'] })).toMatchObject({
      takeIngressesWithoutClass: true,
      classMayBeUndeclared: true,
      allowLocalEndpoints: true,
      allowExternalNames: true,
      controllerNamespace: null,
    });
  });
});

describe('with a cluster', () => {
  it.each([
    [{}, { takeIngressesWithoutClass: false, classMayBeUndeclared: false }],
    [{}, { allowLocalEndpoints: false, allowExternalNames: true }],
    [{ watchIngressWithoutClass: ['true'] }, { takeIngressesWithoutClass: true }],
    [{ watchIngressWithoutClass: ['true'] }, { classMayBeUndeclared: false }],
    [{ watchNamespace: ['shop'] }, { classMayBeUndeclared: true }],
    [{ podNamespace: ['headgate'] }, { controllerNamespace: 'headgate' }],
    [{ allowLocalEndpoints: ['true'] }, { allowLocalEndpoints: true }],
    [{ disableExternalNames: ['true'] }, { allowExternalNames: false }],
    [
      { nodeName: ['n'], zone: ['a'] },
      { nodeName: 'n', zone: 'a' },
    ],
  ])('%j means %j', (given, expected) => {
    expect(optionsFrom(given)).toMatchObject(expected);
  });
});

describe('the admin server listens', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:DB8:0::1', '2001:db8::1'],
  ])('on %s alone', (adminBind, address) => {
    const given = { adminBind: [adminBind], adminPort: ['9000'] };
    expect(optionsFrom(given).adminEndpoints).toEqual([{ address, port: 9_000 }]);
  });

  it.each(['0.0.0.0', '::'])('on all addresses of the machine, where it is bound to %s', (host) => {
    const addresses = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
    const expected = addresses.map(({ address }) => ({ address, port: 9_000 }));
    const given = { adminBind: [host], adminPort: ['9000'] };
    expect(expected).not.toHaveLength(0);
    expect(optionsFrom(given).adminEndpoints).toEqual(expected);
  });
});

// Which Ingresses are ours: the field, the annotation, the default class, in a cluster and from
// manifests.

import { describe, expect, it } from 'vitest';
import type { IngressClass } from '#kubernetes/resources.ts';
import { takenIngresses } from '#translate/ingress-class.ts';
import { ingress, ingressClass } from '../support/resources.ts';
import { storeOf } from '../support/store-of.ts';
import { optionsOf } from '../support/translate-options.ts';

const OURS = ingressClass({ name: 'headgate' });
const OURS_RENAMED = ingressClass({ name: 'edge' });
const THEIRS = ingressClass({ name: 'nginx', controller: 'k8s.io/ingress-nginx' });
const STOLEN = ingressClass({ name: 'headgate', controller: 'k8s.io/ingress-nginx' });
const OUR_DEFAULT = ingressClass({ name: 'headgate', isDefault: true, createdAtMs: 1_000 });
const THEIR_TWIN_DEFAULT = { ...THEIRS, isDefault: true, createdAtMs: 1_000 };
const THEIR_OLDER_DEFAULT = { ...THEIRS, isDefault: true, createdAtMs: 500 };
const THEIR_NEWER_DEFAULT = { ...THEIRS, isDefault: true, createdAtMs: 2_000 };

type Row = readonly [
  field: string | null,
  annotation: string | null,
  classes: readonly IngressClass[],
  inCluster: boolean,
  fromManifests: boolean,
];

// biome-ignore format: a table
const ROWS: readonly Row[] = [
  ['headgate', null,       [OURS],                             true,  true],
  ['edge',     null,       [OURS_RENAMED],                     true,  true],
  ['nginx',    null,       [OURS, THEIRS],                     false, false],
  ['headgate', null,       [STOLEN],                           false, false],
  ['headgate', null,       [],                                 false, true],
  ['nginx',    null,       [],                                 false, false],
  [null,       'headgate', [],                                 true,  true],
  [null,       'headgate', [OURS],                             true,  true],
  [null,       'headgate', [STOLEN],                           false, false],
  [null,       'edge',     [OURS_RENAMED],                     true,  true],
  [null,       'nginx',    [],                                 false, false],
  ['headgate', 'nginx',    [OURS],                             true,  true],
  ['nginx',    'headgate', [OURS, THEIRS],                     false, false],
  [null,       null,       [],                                 false, true],
  [null,       '',         [],                                 false, true],
  [null,       null,       [OURS],                             false, true],
  [null,       null,       [OUR_DEFAULT],                      true,  true],
  [null,       '',         [OUR_DEFAULT],                      true,  true],
  [null,       'nginx',    [OUR_DEFAULT],                      false, false],
  [null,       null,       [THEIR_NEWER_DEFAULT],              false, true],
  [null,       null,       [OUR_DEFAULT, THEIR_OLDER_DEFAULT], true,  true],
  [null,       null,       [OUR_DEFAULT, THEIR_NEWER_DEFAULT], false, true],
  [null,       null,       [THEIR_TWIN_DEFAULT, OUR_DEFAULT],  true,  true],
];

describe.each(ROWS)('an Ingress with the class %j and the annotation %j', (...row) => {
  const [ingressClassName, classAnnotation, classes, inCluster, fromManifests] = row;
  const names = classes.map(({ name }) => name).join(', ') || 'no class';

  it.each([
    [inCluster, false, 'in a cluster'],
    [fromManifests, true, 'from manifests'],
  ])(`is taken: %j, where there is ${names}, %3$s`, (isTaken, areManifests) => {
    const store = storeOf(ingress({ ingressClassName, classAnnotation }), ...classes);
    const options = optionsOf({
      takeIngressesWithoutClass: areManifests,
      classMayBeUndeclared: areManifests,
    });
    const taken = takenIngresses(store, options);
    expect(taken).toHaveLength(isTaken ? 1 : 0);
  });
});

describe('where classes may be undeclared and yet somebody must name one', () => {
  const options = optionsOf({ takeIngressesWithoutClass: false, classMayBeUndeclared: true });

  it.each([
    ['headgate', [], true],
    ['nginx', [], false],
    [null, [], false],
    ['headgate', [STOLEN], false],
  ] as const)(
    'an Ingress of the class %j, with the classes %j',
    (ingressClassName, classes, ours) => {
      const store = storeOf(ingress({ ingressClassName }), ...classes);
      expect(takenIngresses(store, options)).toHaveLength(ours ? 1 : 0);
    },
  );
});

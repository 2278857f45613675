// What a compiled snapshot answers, as tables: the host, the path, and the rule that must win.

import { describe, expect, it } from 'vitest';
import { buildSnapshot } from '#compile/build-snapshot.ts';
import { decodeRoute } from '#snapshot/decode.ts';
import { upstreamKey } from '#snapshot/keys.ts';
import { SnapshotView } from '#snapshot/view.ts';
import {
  endpointPlanOf,
  type Rule,
  routeOf,
  routingPlanOf,
  upstreamNameOf,
} from '../support/plans.ts';

const SEED = 0x1234_5678;

function viewOf(
  hosts: Readonly<Record<string, readonly Rule[]>>,
  withDefault = false,
): SnapshotView {
  const plan = routingPlanOf(hosts, withDefault ? routeOf('', 'Prefix /') : null);
  const { arena, root } = buildSnapshot(plan, endpointPlanOf(plan), { seed: SEED });
  const view = new SnapshotView(arena.buffer);
  view.adopt(root);
  return view;
}

/** The name of the upstream that answers, or `none`. The ranges lie inside a larger head. */
function ask(view: SnapshotView, host: string, path: string): string {
  const head = `GET ${path}?q=/x HTTP/1.1\r\nHost: ${host}:80\r\n\r\n`;
  const hostStart = head.indexOf('Host: ') + 6;
  const route = view.lookup(head, hostStart, hostStart + host.length, 4, 4 + path.length);
  return route === 0 ? 'none' : (decodeRoute(view.memory, route).upstreams[0]?.name as string);
}

describe('the host of a request', () => {
  const view = viewOf({
    'shop.example': ['Prefix /'],
    'sub.shop.example': ['Prefix /only'],
    '*.shop.example': ['Prefix /'],
    '*.example': ['Prefix /wild'],
    'xn--bcher-kva.example': ['Prefix /'],
    '192.0.2.1': ['Prefix /'],
    '*': ['Prefix /any'],
  });
  it.each`
    host                       | path       | answer                     | why
    ${'shop.example'}          | ${'/'}     | ${'shop.example'}          | ${'it is the host'}
    ${'SHOP.Example'}          | ${'/'}     | ${'shop.example'}          | ${'hosts have no case'}
    ${'a.shop.example'}        | ${'/'}     | ${'*.shop.example'}        | ${'a wildcard stands for one label'}
    ${'A.SHOP.EXAMPLE'}        | ${'/'}     | ${'*.shop.example'}        | ${'a wildcard has no case either'}
    ${'a.b.shop.example'}      | ${'/any'}  | ${'*'}                     | ${'a wildcard never stands for two labels'}
    ${'.shop.example'}         | ${'/any'}  | ${'*'}                     | ${'an empty label is no label'}
    ${'.shop.example'}         | ${'/'}     | ${'none'}                  | ${'an empty label is no label'}
    ${'sub.shop.example'}      | ${'/only'} | ${'sub.shop.example'}      | ${'the exact host beats the wildcard'}
    ${'sub.shop.example'}      | ${'/'}     | ${'none'}                  | ${'a known host never uses the wildcard'}
    ${'sub.shop.example'}      | ${'/any'}  | ${'none'}                  | ${'a known host never uses any host'}
    ${'b.example'}             | ${'/wild'} | ${'*.example'}             | ${'shorter wildcards work'}
    ${'b.example'}             | ${'/any'}  | ${'none'}                  | ${'a host of a wildcard is known'}
    ${'example'}               | ${'/any'}  | ${'*'}                     | ${'a wildcard needs a label'}
    ${'xn--BCHER-kva.example'} | ${'/'}     | ${'xn--bcher-kva.example'} | ${'punycode is text'}
    ${'192.0.2.1'}             | ${'/'}     | ${'192.0.2.1'}             | ${'an address is a name here'}
    ${'other.test'}            | ${'/any'}  | ${'*'}                     | ${'the host is not known'}
    ${''}                      | ${'/any'}  | ${'*'}                     | ${'there is no host'}
    ${'*'}                     | ${'/any'}  | ${'*'}                     | ${'a star in a request is text'}
    ${'shop.exampl\u0045'}     | ${'/'}     | ${'shop.example'}          | ${'hosts have no case'}
    ${'shop\u000eexample'}     | ${'/any'}  | ${'*'}                     | ${'only letters are folded'}
    ${'shop.example\u00e9'}    | ${'/any'}  | ${'*'}                     | ${'bytes above ASCII are compared'}
    ${'a'.repeat(300)}         | ${'/any'}  | ${'*'}                     | ${'no name is that long'}
  `('$host $path -> $answer, because $why', ({ host, path, answer }) => {
    const name = ask(view, host, path);
    expect(name.replace(/^test\/(.*) Prefix .*$/, '$1')).toBe(answer);
  });
});

it.each`
  host                | path       | answered            | why
  ${'SHOP.example'}   | ${'/a/b'}  | ${'shop.example'}   | ${'its section has the route'}
  ${'a.shop.example'} | ${'/wild'} | ${'*.shop.example'} | ${'the wildcard has the route'}
  ${'other.test'}     | ${'/any'}  | ${'*'}              | ${'any host has the route'}
  ${'shop.example'}   | ${'/x'}    | ${''}               | ${'the default route is of no host'}
`('the route for $host$path is of "$answered", because $why', ({ host, path, answered }) => {
  const hosts = {
    'shop.example': ['Prefix /a'],
    '*.shop.example': ['Prefix /wild'],
    '*': ['Prefix /any'],
  } as const;
  const view = viewOf(hosts, true);
  const text = `${host} ${path}`;
  const route = view.lookup(text, 0, host.length, host.length + 1, text.length);
  expect(route === 0 ? null : view.hostOf(route)).toBe(answered);
});

describe('the path of a request', () => {
  const view = viewOf({
    h: [
      'Exact /foo',
      'Exact /exact/',
      'Prefix /foo',
      'Prefix /foo/bar',
      'Prefix /a/b/c',
      'Prefix /a',
    ],
    root: ['Prefix /', 'Prefix /x/y'],
    slash: ['Exact /'],
    'double.slash': ['Prefix /a//b', 'Prefix /a'],
    'utf8.path': ['Prefix /caf\u00e9', 'Prefix /caf%C3%A9'],
  });
  it.each`
    host              | path                      | rule
    ${'h'}            | ${'/foo'}                 | ${'Exact /foo'}
    ${'h'}            | ${'/foo/'}                | ${'Prefix /foo'}
    ${'h'}            | ${'/foo/x'}               | ${'Prefix /foo'}
    ${'h'}            | ${'/foobar'}              | ${'none'}
    ${'h'}            | ${'/FOO'}                 | ${'none'}
    ${'h'}            | ${'/fo'}                  | ${'none'}
    ${'h'}            | ${'/'}                    | ${'none'}
    ${'h'}            | ${'/foo/bar'}             | ${'Prefix /foo/bar'}
    ${'h'}            | ${'/foo/bar/'}            | ${'Prefix /foo/bar'}
    ${'h'}            | ${'/foo/bar/baz'}         | ${'Prefix /foo/bar'}
    ${'h'}            | ${'/foo/barbaz'}          | ${'Prefix /foo'}
    ${'h'}            | ${'/foo//bar'}            | ${'Prefix /foo'}
    ${'h'}            | ${'/exact/'}              | ${'Exact /exact/'}
    ${'h'}            | ${'/exact'}               | ${'none'}
    ${'h'}            | ${'/a/b'}                 | ${'Prefix /a'}
    ${'h'}            | ${'/a/b/c/d/e/f'}         | ${'Prefix /a/b/c'}
    ${'h'}            | ${'/a/x/c'}               | ${'Prefix /a'}
    ${'h'}            | ${`/a${'/b'.repeat(60)}`} | ${'Prefix /a'}
    ${'root'}         | ${'/'}                    | ${'Prefix /'}
    ${'root'}         | ${'/x'}                   | ${'Prefix /'}
    ${'root'}         | ${'/x/y/z'}               | ${'Prefix /x/y'}
    ${'root'}         | ${'//x/y'}                | ${'Prefix /'}
    ${'root'}         | ${''}                     | ${'Prefix /'}
    ${'root'}         | ${'*'}                    | ${'none'}
    ${'slash'}        | ${'/'}                    | ${'Exact /'}
    ${'slash'}        | ${'//'}                   | ${'none'}
    ${'double.slash'} | ${'/a//b/c'}              | ${'Prefix /a//b'}
    ${'double.slash'} | ${'/a/b'}                 | ${'Prefix /a'}
    ${'double.slash'} | ${'/a///b'}               | ${'Prefix /a'}
    ${'utf8.path'}    | ${'/caf\u00c3\u00a9'}     | ${'Prefix /caf\u00e9'}
    ${'utf8.path'}    | ${'/caf%C3%A9/x'}         | ${'Prefix /caf%C3%A9'}
    ${'utf8.path'}    | ${'/caf\u00e9'}           | ${'none'}
  `('$host $path -> $rule', ({ host, path, rule }) => {
    expect(ask(view, host, path)).toBe(rule === 'none' ? 'none' : upstreamNameOf(host, rule));
  });

  it('may be as deep as prefixes may be, and no prefix beyond that is met', () => {
    const deepest: Rule = `Prefix ${'/d'.repeat(31)}` as Rule;
    const deep = viewOf({ h: [deepest, 'Prefix /', `Exact ${'/d'.repeat(40)}` as Rule] });
    expect(ask(deep, 'h', '/d'.repeat(31))).toBe(upstreamNameOf('h', deepest));
    expect(ask(deep, 'h', '/d'.repeat(50))).toBe(upstreamNameOf('h', deepest));
    expect(ask(deep, 'h', '/d'.repeat(30))).toBe(upstreamNameOf('h', 'Prefix /'));
    expect(ask(deep, 'h', '/d'.repeat(40))).toContain('Exact');
  });
});

describe('the default route', () => {
  const view = viewOf({ 'shop.example': ['Prefix /shop'] }, true);
  it.each([
    ['shop.example', '/shop', upstreamNameOf('shop.example', 'Prefix /shop')],
    ['shop.example', '/', upstreamNameOf('', 'Prefix /')],
    ['other.example', '/', upstreamNameOf('', 'Prefix /')],
    ['', '*', upstreamNameOf('', 'Prefix /')],
  ])('answers what no host answers: %s %s', (host, path, name) => {
    expect(ask(view, host, path)).toBe(name);
  });
});

describe('a view', () => {
  it('finds nothing before it has adopted a snapshot', () => {
    const view = new SnapshotView(new SharedArrayBuffer(1024));
    expect(view.generation).toBe(0);
    expect(ask(view, 'shop.example', '/')).toBe('none');
    expect(view.findUpstream(upstreamKey('test/a:80'))).toBe(0);
  });

  it('finds nothing in an empty snapshot', () => {
    expect(ask(viewOf({}), 'shop.example', '/')).toBe('none');
    expect(ask(viewOf({ h: [] }), 'h', '/')).toBe('none');
  });

  it('adopts only what begins with the magic word', () => {
    const view = new SnapshotView(new SharedArrayBuffer(1024));
    expect(() => view.adopt(0)).toThrow('a root record lies where it was published');
    expect(() => view.adopt(64)).toThrow('a root record lies where it was published');
  });

  it('finds the upstream of every route', () => {
    const rules = Array.from({ length: 200 }, (_, index): Rule => `Prefix /p${index}`);
    const view = viewOf({ h: rules });
    for (const rule of rules) {
      expect(view.findUpstream(upstreamKey(upstreamNameOf('h', rule)))).toBeGreaterThan(0);
    }
    expect(view.findUpstream(upstreamKey('test/unknown:80'))).toBe(0);
  });
});

// Which texts are hosts of a rule, and how each is spelt.

import { describe, expect, it } from 'vitest';
import { quote } from '#base/quote.ts';
import { parseExternalName, parseHost } from '#translate/host-name.ts';

const LONGEST = `${'a.'.repeat(126)}a`;

describe('a host', () => {
  it.each([
    ['shop.example', 'shop.example', 'a name'],
    ['Shop.EXAMPLE', 'shop.example', 'in lower case'],
    ['shop.example.', 'shop.example', 'without the trailing dot'],
    ['*.shop.example', '*.shop.example', 'a wildcard'],
    ['*.example', '*.example', 'a wildcard above one label'],
    ['localhost', 'localhost', 'one label'],
    ['1.shop', '1.shop', 'a label of digits'],
    ['10.0.0.256', '10.0.0.256', 'no address, though it resembles one'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example', 'an IDN in its ASCII form'],
    [LONGEST, LONGEST, 'as long as DNS allows'],
  ])('%j is taken as %j: %s', (text, host) => {
    expect(parseHost(text)).toEqual({ ok: true, value: host });
  });

  it.each([
    ['', 'is empty'],
    ['*', 'is a wildcard of nothing'],
    ['*.', 'is a wildcard of the root'],
    ['*shop.example', 'has a wildcard inside a label'],
    ['*.*.example', 'has two wildcards'],
    ['shop.*.example', 'has a wildcard in the middle'],
    ['shop..example', 'has an empty label'],
    ['.shop.example', 'begins with a dot'],
    ['shop.example..', 'ends in two dots'],
    ['-shop.example', 'has a label that begins with a hyphen'],
    ['shop-.example', 'has a label that ends in a hyphen'],
    ['shop_1.example', 'has an underscore'],
    ['shop.example:8080', 'has a port'],
    ['http://shop.example', 'has a scheme'],
    ['bücher.example', 'is not ASCII'],
    ['\u212Aelvin.example', 'has a Kelvin sign, whose lower case is an ASCII k'],
    ['shop.example\n', 'has a line feed'],
    ['192.0.2.1', 'is an IPv4 address'],
    ['2001:db8::1', 'is an IPv6 address'],
    ['[2001:db8::1]', 'is an IPv6 address in brackets'],
    [`${LONGEST}a`, 'is longer than DNS allows'],
  ])('%j is refused: it %s', (text) => {
    const host = parseHost(text);
    expect(host.ok).toBe(false);
    expect(host).toHaveProperty('mistake', expect.stringContaining(quote(text)));
  });
});

describe('an external name', () => {
  it.each([
    ['api.example', 'api.example'],
    ['API.example.', 'api.example'],
  ])('%j is taken as %j', (text, host) => {
    expect(parseExternalName(text)).toEqual({ ok: true, value: host });
  });

  it.each(['', '*.example', '192.0.2.1', '2001:db8::1', 'api.example:80'])(
    '%j is refused',
    (text) => {
      expect(parseExternalName(text).ok).toBe(false);
    },
  );
});

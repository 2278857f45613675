import { describe, expect, it } from 'vitest';
import { parseRequestTarget } from '../../src/commands/request-target.ts';

describe('a URL becomes a host and a path', () => {
  it.each([
    ['http://shop.example', 'shop.example', '/'],
    ['http://shop.example/', 'shop.example', '/'],
    ['https://shop.example:8443/cart?item=1', 'shop.example', '/cart'],
    ['shop.example/cart#top', 'shop.example', '/cart'],
    ['shop.example:8080?a/b', 'shop.example', '/'],
    ['HTTP://SHOP.example./Cart', 'shop.example', '/Cart'],
    ['http://shop.example/a/../b//c/', 'shop.example', '/b//c/'],
    ['http://shop.example/%7ea%2fb', 'shop.example', '/~a%2Fb'],
    ['http://shop.example/a%2Fb', 'shop.example', '/a%2Fb'],
    ['http://shop.example/a b/é', 'shop.example', '/a%20b/%C3%A9'],
    ['http://bücher.example/', 'xn--bcher-kva.example', '/'],
    ['http://192.0.2.1/x', '192.0.2.1', '/x'],
    ['http://[2001:db8::1]:80/x', '[2001:db8::1]', '/x'],
  ])('%s is %s and %s', (url, host, path) => {
    expect(parseRequestTarget(url)).toEqual({ host, path });
  });

  it.each([
    ['ftp://shop.example/', 'expected an http or https URL'],
    ['', 'expected a URL with a host'],
    ['/cart', 'expected a URL with a host'],
    ['http:///cart', 'expected a URL with a host'],
    ['http://user:secret@shop.example/', 'expected a URL with a host'],
    ['http://shop.example:http/', 'expected a URL with a host'],
    ['http://shop.example/%zz', 'expected a URL with valid percent-encoding'],
  ])('%j is refused: %s', (url, message) => {
    expect(() => parseRequestTarget(url)).toThrow(message);
  });
});

// The path that is matched is the path that is forwarded (RFC 3986 6.2.2).

import { forwards, refuses } from '../support/byte-case.ts';
import { HOST, head, ours } from '../support/byte-stage.ts';

function becomes(rule: string, name: string, target: string, expected: string) {
  return forwards(
    rule,
    name,
    head(`GET ${target} HTTP/1.1`, HOST),
    head(`GET ${expected} HTTP/1.1`, HOST, ours()),
  );
}

function isRefused(target: string) {
  const name = `${target} is no valid encoding`;
  const request = head(`GET ${target} HTTP/1.1`, HOST);
  return refuses('RFC 3986 2.1', name, request, [400, 'malformed request target']);
}

export const paths = [
  becomes('RFC 3986 6.2.2.1', 'hexadecimal digits are upper case', '/%c3%a4', '/%C3%A4'),
  becomes('RFC 3986 6.2.2.2', 'what need not be encoded is decoded', '/%41%7e%2D', '/A~-'),
  becomes('RFC 3986 6.2.2.2', 'what must be stays encoded', '/a%20b', '/a%20b'),
  becomes('RFC 3986 6.2.2.2', 'an encoded slash is no separator', '/a%2fb', '/a%2Fb'),
  becomes('RFC 3986 6.2.2.2', 'nor is a backslash', '/a%5c..%5cb', '/a%5C..%5Cb'),
  becomes('RFC 3986 6.2.2.2', 'NUL ends nothing', '/a%00b', '/a%00b'),
  becomes('RFC 3986 6.2.2.2', 'nothing is decoded twice', '/%252e%252e/', '/%252e%252e/'),
  becomes('RFC 3986 6.2.2.3', 'dot segments are removed', '/a/./b/../c', '/a/c'),
  becomes('RFC 3986 6.2.2.3', 'encoded ones too', '/a/%2e%2E/c', '/c'),
  becomes('RFC 3986 5.2.4', 'none leads above the root', '/../../a', '/a'),
  becomes('RFC 3986 6.2.2.3', 'empty segments stay', '//a//b', '//a//b'),
  becomes('RFC 3986 3.4', 'a query is passed on as it is', '/?a=%7e/../%zz', '/?a=%7e/../%zz'),
  becomes('RFC 3986 6.2.2.3', 'in absolute-form too', 'http://a.example/a/../b', '/b'),
  isRefused('/%'),
  isRefused('/%4'),
  isRefused('/%zz'),
  isRefused('/a/%2/b'),
];

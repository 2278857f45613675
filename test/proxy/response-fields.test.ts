import { expect, test } from 'vitest';
import { fieldsOf, responseFields, statusOf } from '#proxy/http2/response-fields.ts';

const HEAD =
  'HTTP/1.1 404 Not Found\r\nX-A: \t b \t\r\nSet-Cookie: c\r\nset-cookie: d\r\nEmpty:\r\n' +
  'Name: \xc3\xa0\r\nContent-Length: 3\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nabc';

const FIELDS = ['x-a', 'b', 'set-cookie', 'c', 'set-cookie', 'd', 'empty', '', 'name', '\xc3\xa0'];

test('names in lower case, values without blanks, nothing of the connection', () => {
  expect(statusOf(HEAD)).toBe(404);
  expect(responseFields(HEAD, 404, false)).toEqual([
    ':status',
    '404',
    ...FIELDS,
    'content-length',
    '3',
  ]);
});

test('without content there is no length', () => {
  expect(responseFields(HEAD, 205, true)).toEqual([':status', '205', ...FIELDS]);
});

test('trailers are fields too', () => {
  expect(fieldsOf('__proto__: a\r\nX: c\r\nx:d\r\n')).toEqual([
    '__proto__',
    'a',
    'x',
    'c',
    'x',
    'd',
  ]);
});

// Where a request's body ends: lengths, the chunked coding, what follows it (RFC 9112 6 and 7).

import { breaksOff, forwards, refuses, script } from '../support/byte-case.ts';
import {
  accepted,
  breaksUpstream,
  client,
  clientEnds,
  HOST,
  head,
  ours,
  resetsClient,
  toUpstream,
} from '../support/byte-stage.ts';

const LENGTH = [400, 'malformed or repeated Content-Length'] as const;
const CODING = [501, 'transfer coding not implemented'] as const;
const AMBIGUOUS = [400, 'ambiguous Transfer-Encoding'] as const;
const CHUNKED = 'Transfer-Encoding: chunked';

function post(...lines: readonly string[]): string {
  return head('POST / HTTP/1.1', HOST, ...lines);
}

const CHUNKED_POST = post(CHUNKED);
const FORWARDED_CHUNKED = post(ours(), CHUNKED);

/** A body in chunks is forwarded in chunks of ours. */
function reframes(rule: string, name: string, body: string, expected: string) {
  return forwards(rule, name, CHUNKED_POST + body, FORWARDED_CHUNKED + expected);
}

export const lengths = [
  forwards(
    'RFC 9112 6.2',
    'a body of a length is forwarded with it',
    `${post('Content-Length: 5')}hello`,
    `${post('Content-Length: 5', ours())}hello`,
  ),
  forwards('RFC 9112 6.3', 'without a length there is no body', post(), post(ours())),
  forwards(
    'RFC 9110 8.6',
    'a length may have leading zeros',
    `${post('Content-Length: 005')}hello`,
    `${post('Content-Length: 005', ours())}hello`,
  ),
  refuses('RFC 9110 8.6', 'a length has digits', post('Content-Length:'), LENGTH),
  refuses('RFC 9110 8.6', 'a length has no plus', `${post('Content-Length: +5')}hello`, LENGTH),
  refuses('RFC 9110 8.6', 'a length has no minus', `${post('Content-Length: -5')}hello`, LENGTH),
  refuses('RFC 9110 8.6', 'a length is decimal', `${post('Content-Length: 0x5')}hello`, LENGTH),
  refuses('RFC 9110 8.6', 'a length has no space in it', post('Content-Length: 1 2'), LENGTH),
  refuses(
    'RFC 9110 8.6',
    'a length can be counted',
    post('Content-Length: 9999999999999999'),
    LENGTH,
  ),
  refuses(
    'RFC 9112 6.3',
    'there is one length',
    post('Content-Length: 5', 'Content-Length: 6'),
    LENGTH,
  ),
  refuses(
    'RFC 9112 6.3',
    'even if two agree',
    post('Content-Length: 5', 'Content-Length: 5'),
    LENGTH,
  ),
  refuses('RFC 9112 6.3', 'in a list too', post('Content-Length: 5, 5'), LENGTH),
  refuses('RFC 9112 6.3', 'a body has one framing', post('Content-Length: 5', CHUNKED), AMBIGUOUS),
  refuses('RFC 9112 6.3', 'in whichever order', post(CHUNKED, 'Content-Length: 5'), AMBIGUOUS),
  script(
    'RFC 9112 8',
    'a body that stops early never looks complete',
    client(`${post('Content-Length: 5')}hel`),
    toUpstream(`${post('Content-Length: 5', ours())}hel`),
    clientEnds,
    resetsClient,
    breaksUpstream,
  ),
];

export const codings = [
  refuses('RFC 9112 6.1', 'gzip is not taken', post('Transfer-Encoding: gzip, chunked'), CODING),
  refuses('RFC 9112 6.1', 'nor identity', post('Transfer-Encoding: identity, chunked'), CODING),
  refuses('RFC 9112 6.1', 'nor identity alone', post('Transfer-Encoding: identity'), CODING),
  refuses('RFC 9112 6.1', 'nor chunked twice', post('Transfer-Encoding: chunked, chunked'), CODING),
  refuses('RFC 9112 6.1', 'nor in two lines', post(CHUNKED, CHUNKED), AMBIGUOUS),
  refuses('RFC 9112 6.1', 'nor something like it', post('Transfer-Encoding: xchunked'), CODING),
  refuses('RFC 9112 6.1', 'nor quoted', post('Transfer-Encoding: "chunked"'), CODING),
  refuses('RFC 9112 6.1', 'nor with parameters', post('Transfer-Encoding: chunked;q=1'), CODING),
  refuses('RFC 9112 6.1', 'nor an empty one', post('Transfer-Encoding:'), CODING),
  refuses('RFC 9112 6.1', 'nor behind a vertical tab', post('Transfer-Encoding: \x0bchunked'), [
    400,
    'malformed field line',
  ]),
  refuses('RFC 9112 6.1', 'nor in HTTP/1.0', head('POST / HTTP/1.0', HOST, CHUNKED), AMBIGUOUS),
  forwards(
    'RFC 9112 7',
    'a coding has no case',
    `${post('Transfer-Encoding: CHUNKED')}0\r\n\r\n`,
    `${FORWARDED_CHUNKED}0\r\n\r\n`,
  ),
];

export const chunks = [
  reframes(
    'RFC 9112 7.1',
    'sizes are written anew',
    '002\r\nab\r\n0\r\n\r\n',
    '2\r\nab\r\n0\r\n\r\n',
  ),
  reframes(
    'RFC 9112 7.1',
    'a size is hexadecimal in either case',
    'A\r\n0123456789\r\nb\r\n0123456789a\r\n00\r\n\r\n',
    'a\r\n0123456789\r\nb\r\n0123456789a\r\n0\r\n\r\n',
  ),
  reframes(
    'RFC 9112 7.1.1',
    'extensions are dropped',
    '2;a=b;c="d"\r\nab\r\n0;e\r\n\r\n',
    '2\r\nab\r\n0\r\n\r\n',
  ),
  reframes(
    'RFC 9110 6.5.1',
    'trailers end here: nothing says that the upstream takes them',
    '2\r\nab\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\n\r\n',
    '2\r\nab\r\n0\r\n\r\n',
  ),
  breaksOff('RFC 9112 7.1', 'a size has a digit', '\r\nab\r\n0\r\n\r\n'),
  breaksOff('RFC 9112 7.1', 'a size is hexadecimal', 'g\r\n0\r\n\r\n'),
  breaksOff('RFC 9112 7.1', 'without a prefix', '0x2\r\nab\r\n0\r\n\r\n'),
  breaksOff('RFC 9112 7.1', 'without a sign', '+2\r\nab\r\n0\r\n\r\n'),
  breaksOff('RFC 9112 7.1', 'no space stands before a size', ' 2\r\nab\r\n0\r\n\r\n'),
  breaksOff('RFC 9112 7.1', 'nor behind it', '2 \r\nab\r\n0\r\n\r\n'),
  breaksOff('RFC 9112 7.1', 'a size is bounded', 'ffffffffffffffff2\r\nab\r\n0\r\n\r\n'),
  breaksOff('RFC 9112 7.1', 'a bare LF ends no size', '2\nab\r\n0\r\n\r\n'),
  breaksOff('RFC 9112 7.1', 'a bare LF ends no extension', '2;a\nab\r\n0\r\n\r\n'),
  breaksOff('RFC 9112 7.1', 'a bare CR ends no size', '2\rab\r\n0\r\n\r\n'),
  breaksOff('RFC 9112 7.1', 'a bare LF ends no data', '2\r\nab\n0\r\n\r\n'),
  breaksOff('RFC 9112 7.1', 'data has the size that is said', '2\r\nabc\r\n0\r\n\r\n'),
  breaksOff('RFC 9112 7.1.1', 'an extension has no control byte', '2;\0\r\nab\r\n0\r\n\r\n'),
  breaksOff('RFC 9112 7.1.1', 'extensions are bounded', `2;${'a'.repeat(160_000)}\r\nab\r\n`),
  breaksOff('RFC 9112 7.1.2', 'a trailer is a field line', '0\r\nX y\r\n\r\n'),
  breaksOff('RFC 9112 7.1.2', 'a bare LF ends no trailer', '0\r\nX: y\n\r\n'),
  breaksOff('RFC 9112 7.1.2', 'a trailer is not folded', '0\r\nX: y\r\n z\r\n\r\n'),
  breaksOff('RFC 9112 7.1.2', 'a trailer has no space before its colon', '0\r\nX : y\r\n\r\n'),
  breaksOff('RFC 9112 7.1.2', 'trailers are bounded', `0\r\n${'X: y\r\n'.repeat(4_000)}\r\n`),
  script(
    'RFC 9112 8',
    'chunks that stop early never look complete',
    client(`${CHUNKED_POST}2\r\nab\r\n`),
    toUpstream(`${FORWARDED_CHUNKED}2\r\nab\r\n`),
    clientEnds,
    resetsClient,
    breaksUpstream,
  ),
  script(
    'RFC 9112 8',
    'nor do those whose last one has no end',
    client(`${CHUNKED_POST}2\r\nab\r\n0\r\n`),
    toUpstream(`${FORWARDED_CHUNKED}2\r\nab\r\n`),
    clientEnds,
    resetsClient,
    breaksUpstream,
    accepted(1),
  ),
];

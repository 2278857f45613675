// RFC 9113 4 to 6: what a server must make of frames, whatever they carry.

import { type Http2Case, rule } from '../support/http2-case.ts';
import {
  data,
  type Fields,
  Flag,
  FrameType,
  fieldBlock,
  frame,
  headers,
  OPEN,
  ping,
  post,
  request,
  rstStream,
  SETTINGS_ACK,
  settings,
  uint32,
  windowUpdate,
} from '../support/http2-frames.ts';

const { endStream, endHeaders, padded } = Flag;
const LARGE = Buffer.alloc(16_385);
const FULL = Buffer.alloc(16_384);
const POST = post();
/** To an upstream that does not read: what waits for it takes no window but its own. */
const HELD: Fields = POST.map(([name, value]) =>
  name === ':authority' ? [name, 'held.test'] : [name, value],
);
const BLOCK = fieldBlock(request());

export const FRAME_CASES: readonly Http2Case[] = [
  ...rule(
    '3.4',
    ['a whole request is answered', [headers(1)], 'status 200'],
    ['the first frame is no SETTINGS', [], 'session PROTOCOL_ERROR', { opening: ping() }],
    [
      'the first frame acknowledges settings',
      [],
      'session PROTOCOL_ERROR',
      { opening: SETTINGS_ACK },
    ],
  ),
  ...rule(
    '4.1',
    ['a frame of an unknown type is ignored', [frame(0x77, 0xff, 0, Buffer.from('x'))], 'lives'],
    [
      'the reserved bit of a stream identifier is ignored',
      [frame(1, 5, 0x8000_0001, BLOCK)],
      'status 200',
    ],
    [
      'flags that mean nothing are ignored',
      [frame(FrameType.ping, 0xfe, 0, Buffer.alloc(8))],
      'lives',
    ],
  ),
  ...rule(
    '4.2',
    [
      'DATA past the largest frame',
      [headers(1, POST, OPEN), frame(0, 0, 1, LARGE)],
      'session FRAME_SIZE_ERROR',
    ],
    ['HEADERS past the largest frame', [frame(1, 5, 1, LARGE)], 'session FRAME_SIZE_ERROR'],
    ['an unknown frame past the largest', [frame(0x77, 0, 0, LARGE)], 'session FRAME_SIZE_ERROR'],
  ),
  ...rule(
    '4.3',
    [
      'an index that no table has',
      [frame(1, 5, 1, Buffer.from([0xff, 0x7f]))],
      'session COMPRESSION_ERROR',
    ],
    ['the index 0', [frame(1, 5, 1, Buffer.from([0x80]))], 'session COMPRESSION_ERROR'],
    [
      'a table larger than we have allowed',
      [frame(1, 5, 1, Buffer.from([0x3f, 0xe1, 0xff, 0x03]))],
      'session COMPRESSION_ERROR',
    ],
    [
      'a change of the table behind a field',
      [frame(1, 5, 1, Buffer.from([0x82, 0x20]))],
      'session COMPRESSION_ERROR',
    ],
    [
      'a string that ends behind the block',
      [frame(1, 5, 1, Buffer.from([0x00, 0x05, 0x61]))],
      'session COMPRESSION_ERROR',
    ],
  ),
  ...rule(
    '5.1',
    ['DATA on an idle stream', [data(1, 'x')], 'session PROTOCOL_ERROR'],
    ['RST_STREAM on an idle stream', [rstStream(1)], 'session PROTOCOL_ERROR'],
    ['WINDOW_UPDATE on an idle stream', [windowUpdate(1, 1)], 'session PROTOCOL_ERROR'],
    ['CONTINUATION on an idle stream', [frame(9, 4, 1, BLOCK)], 'session PROTOCOL_ERROR'],
    ['DATA on a half-closed stream', [headers(1), data(1, 'x')], 'session STREAM_CLOSED'],
    ['HEADERS on a half-closed stream', [headers(1), headers(1)], 'session STREAM_CLOSED'],
    [
      'DATA behind the client’s RST_STREAM',
      [headers(1, POST, OPEN), rstStream(1), data(1, 'x')],
      'session STREAM_CLOSED',
    ],
    [
      'HEADERS behind the client’s RST_STREAM',
      [headers(1, POST, OPEN), rstStream(1), headers(1)],
      'session STREAM_CLOSED',
    ],
    [
      'RST_STREAM behind the client’s RST_STREAM',
      [headers(1, POST, OPEN), rstStream(1), rstStream(1)],
      'lives',
    ],
    [
      'WINDOW_UPDATE behind the client’s RST_STREAM',
      [headers(1, POST, OPEN), rstStream(1), windowUpdate(1, 9)],
      'lives',
    ],
    ['PRIORITY on an idle stream', [frame(2, 0, 3, Buffer.from([0, 0, 0, 1, 9]))], 'lives'],
  ),
  ...rule(
    '5.1.1',
    ['an even stream', [headers(2)], 'session PROTOCOL_ERROR'],
    [
      'a stream below one that was used',
      [headers(5, POST, OPEN), headers(3)],
      'session PROTOCOL_ERROR',
    ],
    ['streams may be left out', [headers(7)], 'status 200'],
  ),
  ...rule('5.3', [
    'a stream that depends on itself',
    [frame(1, 0x25, 1, Buffer.concat([uint32(1), Buffer.from([9]), BLOCK]))],
    'session PROTOCOL_ERROR',
  ]),
  ...rule('5.5', [
    'an unknown frame within a field block',
    [headers(1, request(), endStream), frame(0x77, 0, 1)],
    'session PROTOCOL_ERROR',
  ]),
  ...rule(
    '6.1',
    ['DATA on stream 0', [data(0, 'x')], 'session PROTOCOL_ERROR'],
    [
      'padding as long as the frame',
      [headers(1, POST, OPEN), frame(0, padded, 1, Buffer.from([5, 1, 2, 3]))],
      'session PROTOCOL_ERROR',
    ],
    [
      'padding is left out',
      [
        headers(1, [...POST, ['content-length', '1']], OPEN),
        frame(0, padded | endStream, 1, Buffer.from([2, 0x61, 0, 0])),
      ],
      'status 200',
    ],
    [
      'an empty padded frame without its length',
      [headers(1, POST, OPEN), frame(0, padded, 1)],
      'session PROTOCOL_ERROR',
    ],
  ),
  ...rule(
    '6.2',
    ['HEADERS on stream 0', [frame(1, 5, 0, BLOCK)], 'session PROTOCOL_ERROR'],
    [
      'padding longer than the block',
      [frame(1, 5 | padded, 1, Buffer.concat([Buffer.from([200]), BLOCK]))],
      'session PROTOCOL_ERROR',
    ],
    [
      'padding is left out',
      [frame(1, 5 | padded, 1, Buffer.concat([Buffer.from([1]), BLOCK, Buffer.alloc(1)]))],
      'status 200',
    ],
  ),
  ...rule(
    '6.3',
    ['PRIORITY on stream 0', [frame(2, 0, 0, Buffer.alloc(5))], 'session PROTOCOL_ERROR'],
    [
      'PRIORITY of four bytes',
      [headers(1, POST, OPEN), frame(2, 0, 1, Buffer.alloc(4))],
      'session FRAME_SIZE_ERROR',
    ],
  ),
  ...rule(
    '6.4',
    ['RST_STREAM on stream 0', [rstStream(0)], 'session PROTOCOL_ERROR'],
    [
      'RST_STREAM of three bytes',
      [headers(1, POST, OPEN), frame(3, 0, 1, Buffer.alloc(3))],
      'session FRAME_SIZE_ERROR',
    ],
  ),
  ...rule(
    '6.5',
    [
      'an acknowledgement with content',
      [frame(4, 1, 0, Buffer.alloc(6))],
      'session FRAME_SIZE_ERROR',
    ],
    ['SETTINGS on a stream', [frame(4, 0, 1)], 'session PROTOCOL_ERROR'],
    ['SETTINGS of five bytes', [frame(4, 0, 0, Buffer.alloc(5))], 'session FRAME_SIZE_ERROR'],
    ['an acknowledgement', [SETTINGS_ACK], 'lives'],
  ),
  ...rule(
    '6.5.2',
    ['ENABLE_PUSH that is neither 0 nor 1', [settings([2, 2])], 'session PROTOCOL_ERROR'],
    ['INITIAL_WINDOW_SIZE of 2^31', [settings([4, 0x8000_0000])], 'session FLOW_CONTROL_ERROR'],
    ['MAX_FRAME_SIZE below 2^14', [settings([5, 16_383])], 'session PROTOCOL_ERROR'],
    ['MAX_FRAME_SIZE above 2^24 - 1', [settings([5, 0x100_0000])], 'session PROTOCOL_ERROR'],
    ['an unknown setting is ignored', [settings([0xabcd, 1])], 'lives'],
    ['ENABLE_CONNECT_PROTOCOL of 2', [settings([8, 2])], 'session PROTOCOL_ERROR'],
  ),
  ...rule('6.6', [
    'PUSH_PROMISE by a client',
    [headers(1), frame(5, 4, 1, Buffer.concat([uint32(2), BLOCK]))],
    'session PROTOCOL_ERROR',
  ]),
  ...rule(
    '6.7',
    ['PING of seven bytes', [frame(6, 0, 0, Buffer.alloc(7))], 'session FRAME_SIZE_ERROR'],
    ['PING on a stream', [frame(6, 0, 1, Buffer.alloc(8))], 'session PROTOCOL_ERROR'],
    ['an answer that nobody asked for', [frame(6, 1, 0, Buffer.alloc(8))], 'lives'],
  ),
  ...rule(
    '6.8',
    ['GOAWAY on a stream', [frame(7, 0, 1, Buffer.alloc(8))], 'session PROTOCOL_ERROR'],
    ['GOAWAY of seven bytes', [frame(7, 0, 0, Buffer.alloc(7))], 'session FRAME_SIZE_ERROR'],
    [
      'streams before a GOAWAY are answered',
      [headers(1), frame(7, 0, 0, Buffer.alloc(8))],
      'status 200',
    ],
  ),
  ...rule(
    '6.9',
    ['WINDOW_UPDATE by 0 on the session', [windowUpdate(0, 0)], 'session PROTOCOL_ERROR'],
    [
      'WINDOW_UPDATE by 0 on a stream',
      [headers(1, POST, OPEN), windowUpdate(1, 0)],
      'session PROTOCOL_ERROR',
    ],
    ['WINDOW_UPDATE of three bytes', [frame(8, 0, 0, Buffer.alloc(3))], 'session FRAME_SIZE_ERROR'],
  ),
  ...rule(
    '6.9.1',
    [
      'the window of the session past 2^31 - 1',
      [windowUpdate(0, 0x7fff_ffff)],
      'session FLOW_CONTROL_ERROR',
    ],
    [
      'the window of a stream past 2^31 - 1',
      [headers(1, POST, OPEN), windowUpdate(1, 0x7fff_ffff)],
      'session FLOW_CONTROL_ERROR',
    ],
    [
      'more content than the window has room for',
      [headers(1, HELD, OPEN), ...new Array<Buffer>(1_000).fill(frame(0, 0, 1, FULL))],
      'session FLOW_CONTROL_ERROR',
    ],
  ),
  ...rule('6.9.2', [
    'a change of the initial window that takes one past 2^31 - 1',
    [headers(1, POST, OPEN), windowUpdate(1, 0x7fff_0000), settings([4, 0x7fff_ffff])],
    'session FLOW_CONTROL_ERROR',
  ]),
  ...rule(
    '6.10',
    [
      'a field block in two pieces',
      [frame(1, endStream, 1, BLOCK.subarray(0, 9)), frame(9, endHeaders, 1, BLOCK.subarray(9))],
      'status 200',
    ],
    [
      'another frame within a field block',
      [headers(1, request(), endStream), ping()],
      'session PROTOCOL_ERROR',
    ],
    [
      'CONTINUATION of another stream',
      [headers(1, request(), endStream), frame(9, 4, 3)],
      'session PROTOCOL_ERROR',
    ],
    [
      'CONTINUATION behind END_HEADERS',
      [headers(1, POST, OPEN), frame(9, 4, 1)],
      'session PROTOCOL_ERROR',
    ],
    ['CONTINUATION on stream 0', [frame(9, 4, 0)], 'session PROTOCOL_ERROR'],
  ),
];

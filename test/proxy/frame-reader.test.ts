import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { ErrorCode } from '#proxy/http2/frame-format.ts';
import { FrameReader } from '#proxy/http2/frame-reader.ts';
import { FrameLog } from '../support/frame-log.ts';
import { randomFrames, randomPieces } from '../support/fuzz/random-frames.ts';
import * as h2 from '../support/http2-frames.ts';
import { seededRandom } from '../support/seeded-random.ts';

const { padded, priority, endHeaders, endStream } = h2.Flag;
const BLOCK = Buffer.from('a block', 'latin1');
const NAMES = new Map(Object.entries(ErrorCode).map(([name, code]) => [code as number, name]));

/** What a reader makes of `frames` behind a preface and settings, and how that ends. */
function read(frames: readonly Buffer[], opening = [h2.PREFACE, h2.settings()]): string[] {
  const log = new FrameLog();
  const error = new FrameReader(log).read(Buffer.concat([...opening, ...frames]));
  return [...log.lines, ...(error === ErrorCode.none ? [] : [NAMES.get(error)!])];
}

describe('what a frame says', () => {
  const prefixed = Buffer.concat([Buffer.from([2]), h2.uint32(3), Buffer.from([9]), BLOCK]);
  const cases: readonly [name: string, frames: readonly Buffer[], lines: readonly string[]][] = [
    ['content', [h2.data(1, 'abc')], ['data 1 abc takes 3']],
    ['the end of content', [h2.data(1, '', endStream)], ['data 1  takes 0 last']],
    [
      'padding takes room of the windows, and is no content',
      [h2.frame(0, padded, 1, Buffer.from('\x02abc\0\0', 'latin1'))],
      ['data 1 abc takes 6'],
    ],
    ['a field block', [h2.frame(1, endHeaders, 1, BLOCK)], ['headers 1 a block']],
    [
      'one in pieces, whose end of the stream stands in the first',
      [
        h2.frame(1, endStream, 1, BLOCK.subarray(0, 2)),
        h2.frame(9, 0, 1, BLOCK.subarray(2, 5)),
        h2.frame(9, endHeaders, 1, BLOCK.subarray(5)),
      ],
      ['headers 1 a block last'],
    ],
    [
      'padding and priority of a field block are left out',
      [h2.frame(1, padded | priority | endHeaders, 1, Buffer.concat([prefixed, Buffer.alloc(2)]))],
      ['headers 1 a block'],
    ],
    ['RST_STREAM', [h2.rstStream(5)], ['rstStream 5']],
    ['SETTINGS', [h2.settings([1, 2], [3, 4])], ['settings 000100000002000300000004']],
    ['PING and its answer', [h2.ping(), h2.frame(6, 1, 0, Buffer.alloc(8))], ['ping', 'pong']],
    ['GOAWAY', [h2.frame(7, 0, 0, Buffer.alloc(9))], ['goAway']],
    [
      'WINDOW_UPDATE, without its reserved bit',
      [h2.windowUpdate(3, 0x8000_0007)],
      ['windowUpdate 3 7'],
    ],
    [
      'priorities, acknowledgements and unknown frames say nothing',
      [h2.frame(2, 0, 1, Buffer.alloc(5)), h2.SETTINGS_ACK, h2.frame(0xfa, 255, 1, BLOCK)],
      [],
    ],
  ];

  it.each(cases)('%s', (_, frames, lines) => {
    expect(read(frames)).toEqual(['settings ', ...lines]);
  });
});

describe('what ends a session (test/conformance has the rest)', () => {
  const pieces = (count: number): Buffer[] => [
    h2.frame(1, 0, 1, BLOCK),
    ...Array.from({ length: count }, () => h2.frame(9, 0, 1, BLOCK)),
  ];
  const cases: readonly [name: string, frames: readonly Buffer[], error: string][] = [
    ['a field block in too many pieces', pieces(limits.http2BlockFramesMax), 'enhanceYourCalm'],
    ['HEADERS too short for priority', [h2.frame(1, priority, 1, BLOCK.subarray(3))], 'frameSize'],
    ['half a setting', [h2.frame(4, 0, 0, BLOCK)], 'frameSize'],
    ['a frame whose length is too large', [h2.data(1, '').fill(0xff, 0, 3)], 'frameSize'],
  ];

  it.each(cases)('%s', (_, frames, error) => {
    expect(read(frames).at(-1)).toBe(error);
  });

  it('another preface', () => {
    const other = Buffer.from(h2.PREFACE).fill('x', 20);
    expect(read([], [other])).toEqual(['protocol']);
  });

  it('nothing is read behind the frame that has ended it', () => {
    const log = new FrameLog(2);
    const frames = [h2.settings(), h2.ping(), h2.ping(), h2.ping()];
    new FrameReader(log).read(Buffer.concat([h2.PREFACE, ...frames]));
    expect(log.lines).toEqual(['settings ', 'ping']);
  });
});

describe('however the bytes are cut', () => {
  it.each(Array.from({ length: 200 }, (_, seed) => seed))(
    'the frames are the same, seed %d',
    (seed) => {
      const random = seededRandom(seed);
      const bytes = Buffer.concat([h2.PREFACE, h2.settings(), ...randomFrames(random)]);
      const whole = new FrameLog();
      const error = new FrameReader(whole).read(bytes);
      for (const pieces of [
        randomPieces(random, bytes),
        [...bytes].map((byte) => Buffer.of(byte)),
      ]) {
        const log = new FrameLog();
        const reader = new FrameReader(log);
        let last: ErrorCode = ErrorCode.none;
        for (const piece of pieces) {
          last = reader.read(piece);
          if (last !== ErrorCode.none) break;
        }
        expect(last).toBe(error);
        expect(log.lines).toEqual(whole.lines);
      }
    },
  );
});

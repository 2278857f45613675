import { connect } from 'node:http2';
import { duplexPair } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { HpackDecoder } from '#proxy/http2/hpack-decoder.ts';

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}

function decode(decoder: HpackDecoder, hex: string): string[] | string {
  const bytes = bytesOf(hex);
  const result = decoder.decode(bytes, 0, bytes.length);
  return result === 'ok' ? [...decoder.pairs] : result;
}

/** A literal with a new name, without a table: `00`, and two plain strings below 127 bytes. */
function literal(first: string, name: string, value: string): string {
  const text = (one: string): string =>
    one.length.toString(16).padStart(2, '0') + Buffer.from(one, 'latin1').toString('hex');
  return first + text(name) + text(value);
}

const GET = [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'www.example.com'];
const GET_AGAIN = [...GET, 'cache-control', 'no-cache'];
const GET_INDEX = [
  ...[':method', 'GET', ':scheme', 'https', ':path', '/index.html'],
  ...[':authority', 'www.example.com', 'custom-key', 'custom-value'],
];

function response(status: string, second: string): string[] {
  const date = `Mon, 21 Oct 2013 20:13:${second} GMT`;
  const location = 'https://www.example.com';
  return [':status', status, 'cache-control', 'private', 'date', date, 'location', location];
}

function nameOf(at: number): string {
  return String(at).padStart(4, '0');
}

/** The header block of a request that node:http2 makes, which fits into one frame. */
async function blockByNode(fields: Record<string, string>): Promise<Buffer> {
  const [near, far] = duplexPair();
  const session = connect('http://codec.example', { createConnection: () => near });
  session.request(fields).on('error', () => {});
  let bytes = Buffer.alloc(0);
  for await (const piece of far) {
    bytes = Buffer.concat([bytes, piece as Buffer]);
    // Behind the preface come frames: length, type, flags, stream.
    for (let at = 24; at + 9 <= bytes.length; ) {
      const end = at + 9 + bytes.readUIntBE(at, 3);
      if (bytes[at + 3] === 1 && end <= bytes.length) {
        session.destroy();
        return bytes.subarray(at + 9, end);
      }
      at = end;
    }
  }
  throw new Error('there was no header block');
}

describe('HpackDecoder', () => {
  it('reads the requests of RFC 7541 C.3, without Huffman', () => {
    const decoder = new HpackDecoder();
    const first = '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d';
    const third = '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65';
    expect(decode(decoder, first)).toEqual(GET);
    expect(decode(decoder, '8286 84be 5808 6e6f 2d63 6163 6865')).toEqual(GET_AGAIN);
    expect(decode(decoder, third)).toEqual(GET_INDEX);
  });

  it('reads the requests of RFC 7541 C.4, with Huffman', () => {
    const decoder = new HpackDecoder();
    const third = '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf';
    expect(decode(decoder, '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff')).toEqual(GET);
    expect(decode(decoder, '8286 84be 5886 a8eb 1064 9cbf')).toEqual(GET_AGAIN);
    expect(decode(decoder, third)).toEqual(GET_INDEX);
  });

  it('reads the responses of RFC 7541 C.6, whose table is 256 bytes and full', () => {
    const decoder = new HpackDecoder();
    const first =
      '4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b' +
      'ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3';
    const third =
      '88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad' +
      '94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160' +
      '65c0 03ed 4ee5 b106 3d50 07';
    const cookie = 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1';
    const last = ['content-encoding', 'gzip', 'set-cookie', cookie];
    expect(decode(decoder, `3fe101${first}`)).toEqual(response('302', '21'));
    expect(decode(decoder, '4883 640e ffc1 c0bf')).toEqual(response('307', '21'));
    expect(decode(decoder, third)).toEqual([...response('200', '22'), ...last]);
  });

  it('reads what nghttp2 codes, each byte that a field may have', async () => {
    const fields: Record<string, string> = {};
    for (let byte = 0x20; byte <= 0xff; byte += 1) {
      // Among short codes, so that Huffman pays for long ones too.
      if (byte !== 0x7f) fields[`x-${byte}`] = `e${String.fromCharCode(byte)}${'e'.repeat(40)}`;
    }
    const block = await blockByNode(fields);
    const decoder = new HpackDecoder();
    expect(decoder.decode(block, 0, block.length)).toBe('ok');
    const found: Record<string, string> = {};
    for (let at = 0; at < decoder.pairs.length; at += 2) {
      found[decoder.pairs[at]!] = decoder.pairs[at + 1]!;
    }
    expect(found).toMatchObject(fields);
  });

  it.each`
    block                        | why
    ${'80'}                      | ${'index 0 names nothing (6.1)'}
    ${'be'}                      | ${'the table is empty (2.3.3)'}
    ${'7e 00'}                   | ${'nor has it a name there'}
    ${'ff ff ff ff ff 0f'}       | ${'a number takes five bytes at most (5.1)'}
    ${'ff ff'}                   | ${'a number ends within its block'}
    ${'40'}                      | ${'a name is there'}
    ${'40 01 61'}                | ${'a value is there'}
    ${'40 02 61'}                | ${'a string ends within its block'}
    ${'40 7f ff ff ff 7f'}       | ${'however long it says it is'}
    ${'82 20'}                   | ${'a table changes its size before the first field (4.2)'}
    ${'3f e2 1f'}                | ${'a table is as large as allowed at most (6.3)'}
    ${'40 01 61 82 ff ff'}       | ${'padding is shorter than a byte (5.2)'}
    ${'40 01 61 81 18'}          | ${'padding consists of ones'}
    ${'40 01 61 84 ff ff ff ff'} | ${'the end of a string is not to be sent'}
  `('refuses $block: $why', ({ block }) => {
    expect(decode(new HpackDecoder(), block)).toBe('malformed');
  });

  it.each`
    block                            | pairs                 | why
    ${''}                            | ${[]}                 | ${'an empty block'}
    ${'20 3f e1 1f 82'}              | ${[':method', 'GET']} | ${'two changes of the size'}
    ${literal('00', 'a', 'b')}       | ${['a', 'b']}         | ${'a literal without indexing'}
    ${literal('10', 'a', 'b')}       | ${['a', 'b']}         | ${'one that is never indexed'}
    ${`${literal('40', 'a', '')}be`} | ${['a', '', 'a', '']} | ${'the entry made last is 62'}
    ${literal('00', 'a', '\u00e9')}  | ${['a', '\u00e9']}    | ${'a byte above ASCII'}
    ${'0f 2d 01 61'}                 | ${['via', 'a']}       | ${'an index of two bytes'}
  `('reads $why', ({ block, pairs }) => {
    expect(decode(new HpackDecoder(), block)).toEqual(pairs);
  });

  it('lets the oldest entries go when the table is full (4.4)', () => {
    const decoder = new HpackDecoder();
    const entries = Math.floor(limits.http2HeaderTableBytes / (32 + 4));
    const made = 2 * entries;
    for (let at = 0; at < made; at += 1) decode(decoder, literal('40', nameOf(at), ''));
    expect(decode(decoder, 'be')).toEqual([nameOf(made - 1), '']);
    // Indices from 127 on take a second byte.
    const oldest = 62 + entries - 1;
    const index = (number: number): string => `ff${(number - 127).toString(16).padStart(2, '0')}`;
    expect(decode(decoder, index(oldest))).toEqual([nameOf(made - entries), '']);
    expect(decode(decoder, index(oldest + 1))).toBe('malformed');
  });

  it('empties the table for an entry that is larger than it (4.4)', () => {
    const decoder = new HpackDecoder();
    decode(decoder, literal('40', 'a', 'b'));
    expect(decode(decoder, `21${literal('40', 'c', 'd')}`)).toEqual(['c', 'd']);
    expect(decode(decoder, 'be')).toBe('malformed');
  });

  it('collects no more than the limits, and goes on with the next block', () => {
    const decoder = new HpackDecoder();
    const field = literal('40', 'a', 'x'.repeat(100));
    expect(decode(decoder, field + 'be'.repeat(limits.http2HeadFieldsMax))).toBe('tooLarge');
    expect(decoder.pairs.length).toBeLessThanOrEqual(2 * (limits.http2HeadFieldsMax + 1));
    expect(decode(decoder, 'be')).toEqual(['a', 'x'.repeat(100)]);
  });

  it('makes little of a small block that names a large entry again and again', () => {
    const decoder = new HpackDecoder();
    // A length of 127 + 1 + 30 * 128 bytes.
    const large = `4001617f811e${'78'.repeat(3_968)}`;
    expect(decode(decoder, large + 'be'.repeat(50_000))).toBe('tooLarge');
    const bytes = decoder.pairs.join('').length;
    expect(bytes).toBeLessThan(2 * limits.http2HeadBytesMax);
  });
});

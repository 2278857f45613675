import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { BlockPool } from '#proxy/http1/block-pool.ts';
import { ErrorCode } from '#proxy/http2/frame-format.ts';
import { FrameWriter } from '#proxy/http2/frame-writer.ts';
import { HpackDecoder } from '#proxy/http2/hpack-decoder.ts';
import { Flag, FrameType, frame, rstStream, SETTINGS_ACK } from '../support/http2-frames.ts';

/** A writer, what its socket was given, and how to let the socket take it. */
function scene() {
  const writes: Buffer[] = [];
  const waiting: (() => void)[] = [];
  let written = 0;
  const socket = new Writable({
    write(bytes: Buffer, _encoding, done) {
      writes.push(Buffer.from(bytes));
      waiting.push(done);
    },
  });
  const writer = new FrameWriter(socket as Socket, new BlockPool(), () => {
    written += 1;
  });
  const take = async (): Promise<void> => {
    const before = written;
    waiting.shift()?.();
    for (let turns = 0; written === before && turns < 10; turns += 1) await Promise.resolve();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  };
  return { writer, writes, take, socket };
}

it('what gathers leaves in one write', () => {
  const { writer, writes } = scene();
  writer.settingsAck();
  writer.rstStream(5, ErrorCode.cancel);
  writer.text(1, 'caf\xe9', true);
  expect(writes).toEqual([]);
  writer.flush();
  const content = frame(FrameType.data, Flag.endStream, 1, Buffer.from('caf\xe9', 'latin1'));
  expect(writes).toEqual([Buffer.concat([SETTINGS_ACK, rstStream(5), content])]);
});

it('there is one write at a time', async () => {
  const { writer, writes, take } = scene();
  writer.settingsAck();
  writer.flush();
  writer.rstStream(5, ErrorCode.cancel);
  writer.flush();
  expect(writer.isWriting).toBe(true);
  expect(writes).toHaveLength(1);
  await take();
  expect(writer.isWriting).toBe(false);
  writer.flush();
  expect(writes[1]).toEqual(rstStream(5));
});

it('the end takes along what has gathered, and does not wait for the write before it', async () => {
  const { writer, writes, take, socket } = scene();
  writer.settingsAck();
  writer.flush();
  writer.goAway(7, ErrorCode.none);
  writer.end();
  await take();
  await take();
  expect(writes[1]).toEqual(frame(FrameType.goaway, 0, 0, Buffer.from([0, 0, 0, 7, 0, 0, 0, 0])));
  expect(socket.writableEnded).toBe(true);
});

it('fields that take more than a frame go on in CONTINUATION', () => {
  const { writer, writes } = scene();
  const value = 'v'.repeat(20_000);
  expect(writer.headers(3, [':status', '200', 'x-large', value], true)).toBe(true);
  writer.flush();
  const bytes = writes[0]!;
  const size = bytes.readUIntBE(0, 3);
  expect([size, bytes[3], bytes[4]]).toEqual([16_384, FrameType.headers, Flag.endStream]);
  const rest = bytes.subarray(9 + size);
  expect([rest[3], rest[4], rest.readUInt32BE(5)]).toEqual([
    FrameType.continuation,
    Flag.endHeaders,
    3,
  ]);
  const decoder = new HpackDecoder();
  const block = Buffer.concat([bytes.subarray(9, 9 + size), rest.subarray(9)]);
  expect(decoder.decode(block, 0, block.length)).toBe('ok');
  expect(decoder.pairs).toEqual([':status', '200', 'x-large', value]);
});

it('fields for which there is no room wait', async () => {
  const { writer, take } = scene();
  writer.text(1, 'x'.repeat(writer.room - 100), false);
  expect(writer.headers(3, ['x-name', 'v'.repeat(200)], true)).toBe(false);
  writer.flush();
  await take();
  expect(writer.headers(3, ['x-name', 'v'.repeat(200)], true)).toBe(true);
});

it('a client that does not read what it asks for is found out', () => {
  const { writer } = scene();
  writer.settingsAck();
  writer.flush();
  for (let count = 0; count < limits.upstreamReadBytes / 9; count += 1) {
    expect(writer.isOverrun).toBe(false);
    writer.settingsAck();
  }
  expect(writer.isOverrun).toBe(true);
});

import { describe, expect, it } from 'vitest';
import { alignUp, ByteReader, ByteWriter } from '#base/bytes.ts';

describe('bytes', () => {
  it('come back as they were written', () => {
    const writer = new ByteWriter();
    writer.writeWord(0);
    writer.writeWord(0xffff_ffff);
    writer.writeWords(new Uint32Array([1, 2]));
    writer.writeText('caf\u00e9 \ud83d\ude00');
    writer.writeText('');
    writer.writeBytes(new Uint8Array([1, 2, 3]));
    writer.pad(8);
    writer.patchWord(0, writer.size);
    const bytes = writer.toBytes();

    const reader = new ByteReader(bytes, { start: 0, end: bytes.length });
    expect(reader.readWord()).toBe(bytes.length);
    expect(reader.readWord()).toBe(0xffff_ffff);
    expect(reader.readWords(2)).toEqual(new Uint32Array([1, 2]));
    expect(reader.readText()).toBe('caf\u00e9 \ud83d\ude00');
    expect(reader.readText()).toBe('');
    expect(reader.readBytes(3)).toEqual(new Uint8Array([1, 2, 3]));
    expect(alignUp(reader.offset, 8)).toBe(bytes.length);
  });

  it('may be several records, whose sizes and offsets are their own', () => {
    const writer = new ByteWriter();
    writer.writeWords(new Uint32Array([1, 2]));
    writer.beginRecord();
    writer.writeWord(0);
    const size = writer.writeTextBytes('caf\u00e9');
    expect([...writer.written(4, size)]).toEqual([...Buffer.from('caf\u00e9')]);
    writer.patchWord(0, writer.size);
    expect(writer.size).toBe(12);
    const bytes = new Uint8Array(20);
    writer.copyTo(bytes);
    expect(bytes).toEqual(writer.toBytes());
    expect(new ByteReader(bytes, { start: 8, end: 20 }).readWord()).toBe(12);
  });

  it('may be many: the writer grows', () => {
    const writer = new ByteWriter();
    for (let word = 0; word < 10_000; word += 1) writer.writeWord(word);
    const bytes = writer.toBytes();
    expect(bytes.length).toBe(40_000);
    expect(new ByteReader(bytes, { start: 39_996, end: 40_000 }).readWord()).toBe(9_999);
  });

  it.each([
    ['a word', (reader: ByteReader) => reader.readWord()],
    ['bytes', (reader: ByteReader) => reader.readBytes(1)],
    ['a negative size', (reader: ByteReader) => reader.readBytes(-8)],
  ])('are never read beyond the end: %s', (_, read) => {
    const reader = new ByteReader(new Uint8Array(16), { start: 8, end: 8 });
    expect(() => read(reader)).toThrow(RangeError);
  });

  it('are never read by a text that claims to be longer', () => {
    const bytes = new Uint8Array([255, 255, 255, 127, 65, 65, 65, 65]);
    const reader = new ByteReader(bytes, { start: 0, end: 8 });
    expect(() => reader.readText()).toThrow(RangeError);
  });

  it.each([
    ['past the memory', { start: 0, end: 17 }],
    ['before it', { start: -8, end: 8 }],
    ['backwards', { start: 8, end: 0 }],
  ])('are no record %s', (_, range) => {
    expect(() => new ByteReader(new Uint8Array(16), range)).toThrow(RangeError);
  });
});

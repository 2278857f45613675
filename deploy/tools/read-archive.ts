// Takes single files out of a .tar and a .zip, as far as the archive of the cluster tools needs it:
// no links, no encryption, no archive past 4 GiB. It reads and writes no files itself.

import { inflateRawSync } from 'node:zlib';

const TAR_BLOCK = 512;
const TAR_SIZE_OFFSET = 124;
const TAR_SIZE_CHARS = 12;
const TAR_NAME_CHARS = 100;

/** The content of `path` in a tar archive. Throws if it is not there. */
export function readTar(archive: Buffer, path: string): Buffer {
  let offset = 0;
  while (offset + TAR_BLOCK <= archive.length) {
    const name = cString(archive, offset, TAR_NAME_CHARS);
    const sizeText = cString(archive, offset + TAR_SIZE_OFFSET, TAR_SIZE_CHARS);
    const size = Number.parseInt(sizeText.trim() || '0', 8);
    const start = offset + TAR_BLOCK;
    if (name === path) return archive.subarray(start, start + size);
    offset = start + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
  }
  throw new Error(`the tar archive has no ${path}`);
}

// APPNOTE.TXT 4.3.12 and 4.3.16: the directory at the end, and the record that says where it is.
const END = { signature: 0x06054b50, bytes: 22, entryCount: 10, directory: 16 };
const ENTRY = {
  signature: 0x02014b50,
  bytes: 46,
  method: 10,
  packedBytes: 20,
  nameBytes: 28,
  extraBytes: 30,
  commentBytes: 32,
  local: 42,
};
const LOCAL = { bytes: 30, nameBytes: 26, extraBytes: 28 };
const STORED = 0;
const DEFLATED = 8;

/** The content of `path` in a zip archive. Throws if it is not there. */
export function readZip(archive: Buffer, path: string): Buffer {
  const end = archive.lastIndexOf(signature(END.signature));
  if (end === -1) throw new Error('this is not a zip archive');
  let offset = archive.readUInt32LE(end + END.directory);
  for (let left = archive.readUInt16LE(end + END.entryCount); left > 0; left -= 1) {
    if (archive.readUInt32LE(offset) !== ENTRY.signature) break;
    const nameBytes = archive.readUInt16LE(offset + ENTRY.nameBytes);
    const nameStart = offset + ENTRY.bytes;
    const name = archive.toString('utf8', nameStart, nameStart + nameBytes);
    if (name === path) return unpack(archive, offset);
    const extraBytes = archive.readUInt16LE(offset + ENTRY.extraBytes);
    offset = nameStart + nameBytes + extraBytes + archive.readUInt16LE(offset + ENTRY.commentBytes);
  }
  throw new Error(`the zip archive has no ${path}`);
}

function unpack(archive: Buffer, entry: number): Buffer {
  const local = archive.readUInt32LE(entry + ENTRY.local);
  const nameBytes = archive.readUInt16LE(local + LOCAL.nameBytes);
  const start = local + LOCAL.bytes + nameBytes + archive.readUInt16LE(local + LOCAL.extraBytes);
  const packed = archive.subarray(start, start + archive.readUInt32LE(entry + ENTRY.packedBytes));
  const method = archive.readUInt16LE(entry + ENTRY.method);
  if (method === STORED) return packed;
  if (method === DEFLATED) return inflateRawSync(packed);
  throw new Error(`the zip archive packs by method ${method}`);
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function cString(bytes: Buffer, start: number, size: number): string {
  const text = bytes.toString('latin1', start, start + size);
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
}

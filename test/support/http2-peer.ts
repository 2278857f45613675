// A client of HTTP/2 that writes any bytes and reads whole frames. It never answers by itself.

import { ERROR_NAMES, FrameType, PREFACE, settings } from './http2-frames.ts';
import { connectPeer, type RawPeer } from './raw-peer.ts';

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

export class Http2Peer implements AsyncDisposable {
  readonly peer: RawPeer;

  constructor(peer: RawPeer) {
    this.peer = peer;
  }

  /** Connected, with the preface and first settings sent. */
  static async connect(port: number, first: Buffer = settings()): Promise<Http2Peer> {
    const peer = new Http2Peer(await connectPeer(port));
    peer.write(PREFACE, first);
    return peer;
  }

  write(...frames: readonly Buffer[]): void {
    this.peer.socket.write(Buffer.concat(frames));
  }

  /** Null at the end of the connection. */
  async read(): Promise<Frame | null> {
    let header: Buffer;
    try {
      header = Buffer.from(await this.peer.read(9), 'latin1');
    } catch {
      return null;
    }
    const payload = Buffer.from(await this.peer.read(header.readUIntBE(0, 3)), 'latin1');
    const streamId = header.readUInt32BE(5) & 0x7fff_ffff;
    return { type: header[3]!, flags: header[4]!, streamId, payload };
  }

  /** The first frame that is as wanted; null if the connection ends before. */
  async find(isWanted: (frame: Frame) => boolean): Promise<Frame | null> {
    for (;;) {
      const frame = await this.read();
      if (frame === null || isWanted(frame)) return frame;
    }
  }

  /** How the session ends: the error of the last GOAWAY, or `end` without one. */
  async ending(): Promise<string> {
    let ending = 'end';
    for (let frame = await this.read(); frame !== null; frame = await this.read()) {
      if (frame.type === FrameType.goaway) ending = ERROR_NAMES[frame.payload.readUInt32BE(4)]!;
    }
    return ending;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.peer[Symbol.asyncDispose]();
  }
}

const STATIC_STATUSES = ['200', '204', '206', '304', '400', '404', '500'];

/** The status of a response's HEADERS: its first field, as the codec of Node writes it. */
export function statusOf({ payload }: Frame): string {
  let at = 0;
  // Changes of the table's size come first (RFC 7541 4.2).
  while ((payload[at]! & 0xe0) === 0x20) at += 1;
  const first = payload[at]!;
  if (first >= 0x88 && first <= 0x8e) return STATIC_STATUSES[first - 0x88]!;
  const size = payload[at + 1]! & 0x7f;
  const value = payload.subarray(at + 2, at + 2 + size);
  return (payload[at + 1]! & 0x80) === 0 ? value.toString('latin1') : digitsOf(value);
}

/** Digits in the Huffman code of RFC 7541 B: 0 to 2 have five bits, the others six. */
function digitsOf(bytes: Buffer): string {
  let bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  let digits = '';
  while (digits.length < 3) {
    const isShort = bits.startsWith('000');
    const code = Number.parseInt(bits.slice(0, isShort ? 5 : 6), 2);
    digits += isShort ? code : code - 0x16;
    bits = bits.slice(isShort ? 5 : 6);
  }
  return digits;
}

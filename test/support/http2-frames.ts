// Frames of HTTP/2 as bytes (RFC 9113 4.1, 6), valid or not, and field sections without compression
// (RFC 7541 6.2.2): what tests send where a real client would refuse to.

export const FrameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const Flag = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

/** RFC 9113 7, by number. */
export const ERROR_NAMES = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
] as const;

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

const NOTHING = Buffer.alloc(0);

/** A frame whose header says the length of `payload`, unless `length` says another one. */
export function frame(
  type: number,
  flags: number,
  streamId: number,
  payload: Buffer = NOTHING,
  length = payload.length,
): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(streamId, 5);
  return Buffer.concat([header, payload]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Pairs of identifier and value. */
export function settings(...pairs: readonly (readonly [number, number])[]): Buffer {
  const entries = pairs.map(([id, value]) =>
    Buffer.concat([uint32(id).subarray(2), uint32(value)]),
  );
  return frame(FrameType.settings, 0, 0, Buffer.concat(entries));
}

export const SETTINGS_ACK = frame(FrameType.settings, Flag.ack, 0);

export function ping(text = 'pingpong'): Buffer {
  return frame(FrameType.ping, 0, 0, Buffer.from(text, 'latin1'));
}

export function rstStream(streamId: number, code = 8): Buffer {
  return frame(FrameType.rstStream, 0, streamId, uint32(code));
}

export function windowUpdate(streamId: number, increment: number): Buffer {
  return frame(FrameType.windowUpdate, 0, streamId, uint32(increment));
}

export function data(streamId: number, text: string, flags = 0): Buffer {
  return frame(FrameType.data, flags, streamId, Buffer.from(text, 'latin1'));
}

/** A string of HPACK, not Huffman-coded; its length is a prefixed integer of 7 bits. */
function hpackString(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  const length = [];
  let rest = bytes.length;
  if (rest < 127) {
    length.push(rest);
  } else {
    length.push(127);
    for (rest -= 127; rest >= 128; rest >>= 7) length.push((rest & 127) | 128);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}

export type Fields = readonly (readonly [string, string])[];

/** Literal fields; `first` is 0x00 for those that are not indexed, 0x40 for those that are. */
export function fieldBlock(fields: Fields, first = 0x00): Buffer {
  return Buffer.concat(
    fields.flatMap(([name, value]) => [
      Buffer.from([first]),
      hpackString(name),
      hpackString(value),
    ]),
  );
}

/** A GET for `/`, with other fields behind it. */
export function request(...more: Fields): Fields {
  return [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', '/'],
    [':authority', 'a.test'],
    ...more,
  ];
}

/** A POST for `/`, with other fields behind it. */
export function post(...more: Fields): Fields {
  return request(...more).map(([name, value]) =>
    name === ':method' ? [name, 'POST'] : [name, value],
  );
}

/** Flags of HEADERS behind which content is to come. */
export const OPEN = Flag.endHeaders;

const WHOLE = Flag.endStream | Flag.endHeaders;

/** HEADERS of a request that ends there, unless `flags` say otherwise. */
export function headers(
  streamId: number,
  fields: Fields = request(),
  flags: number = WHOLE,
): Buffer {
  return frame(FrameType.headers, flags, streamId, fieldBlock(fields));
}

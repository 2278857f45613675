// The numbers of HTTP/2 frames (RFC 9113 4.1, 6, 7; RFC 8441 3). Knows no rules about them.

export const FrameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** ACK and END_STREAM are the same bit of different frames. */
export const Flag = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

export const Setting = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
  enableConnectProtocol: 8,
} as const;

export const ErrorCode = {
  /** No error: the only one that ends nothing when a reader or sink returns it. */
  none: 0,
  protocol: 1,
  internal: 2,
  flowControl: 3,
  streamClosed: 5,
  frameSize: 6,
  refusedStream: 7,
  cancel: 8,
  compression: 9,
  connect: 10,
  enhanceYourCalm: 11,
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

export const FRAME_HEADER_BYTES = 9;
/** What anybody may send; nobody is asked for more, and no client gets more. */
export const FRAME_BYTES_MAX = 16_384;
/** The most that MAX_FRAME_SIZE may say. */
export const FRAME_BYTES_LIMIT = 16_777_215;
export const STREAM_ID_MAX = 0x7fff_ffff;
export const WINDOW_BYTES_MAX = 0x7fff_ffff;
/** Of a stream and of a session, until somebody says otherwise (RFC 9113 6.9.2). */
export const WINDOW_BYTES_DEFAULT = 65_535;
export const PING_BYTES = 8;
export const SETTING_BYTES = 6;

/** What a client says first (RFC 9113 3.4). */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

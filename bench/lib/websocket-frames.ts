// WebSocket frames of up to 125 bytes of text (RFC 6455 5.2), unmasked from the server and masked
// from the client. No fragments, no control frames: what the bench sends itself.

const FINAL_TEXT = 0x81;
const MASKED = 0x80;
const MASK_BYTES = 4;
const PAYLOAD_BYTES_MAX = 125;

export function serverFrame(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.of(FINAL_TEXT, payload.length), payload]);
}

/** Any mask does: what it protects from (RFC 6455 10.3) is not here. */
export function clientFrame(payload: Buffer): Buffer {
  const mask = Buffer.of(0x5a, 0xc3, 0x17, 0x88);
  const masked = Buffer.from(payload);
  applyMask(masked, mask);
  return Buffer.concat([Buffer.of(FINAL_TEXT, MASKED | payload.length), mask, masked]);
}

/**
 * Calls `take` with the payload of each whole client frame, unmasked in place, and returns what is
 * left. Throws at anything that is not such a frame.
 */
export function readClientFrames(bytes: Buffer, take: (payload: Buffer) => void): Buffer {
  let at = 0;
  while (bytes.length - at >= 2) {
    const size = (bytes[at + 1] as number) & ~MASKED;
    const isFrame = bytes[at] === FINAL_TEXT && ((bytes[at + 1] as number) & MASKED) !== 0;
    if (!isFrame || size > PAYLOAD_BYTES_MAX) throw new Error('not a frame of the bench');
    const start = at + 2 + MASK_BYTES;
    if (bytes.length < start + size) break;
    const payload = bytes.subarray(start, start + size);
    applyMask(payload, bytes.subarray(at + 2, start));
    take(payload);
    at = start + size;
  }
  return bytes.subarray(at);
}

function applyMask(payload: Buffer, mask: Buffer): void {
  for (let index = 0; index < payload.length; index += 1) {
    payload[index] = (payload[index] as number) ^ (mask[index % MASK_BYTES] as number);
  }
}

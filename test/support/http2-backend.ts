// A backend that speaks HTTP/2 by prior knowledge, or raw frames of it, for tests of the upstream
// side.

import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type Settings,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { RawPeer } from './raw-peer.ts';

export interface Http2Backend extends AsyncDisposable {
  readonly endpoint: { readonly address: string; readonly port: number };
  /** Those that are open. */
  readonly sessions: ReadonlySet<ServerHttp2Session>;
  /** How many sessions there have been. */
  readonly accepted: number;
}

export async function startHttp2Backend(
  serve: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, list: string[]) => void,
  settings: Settings = {},
): Promise<Http2Backend> {
  const server = createServer({ settings });
  const sessions = new Set<ServerHttp2Session>();
  let accepted = 0;
  server.on('session', (session) => {
    accepted += 1;
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    session.on('error', () => {});
  });
  server.on('stream', (stream: ServerHttp2Stream, headers, _flags, list) => {
    stream.on('error', () => {});
    serve(stream, headers, list);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: { address: '127.0.0.1', port },
    sessions,
    get accepted() {
      return accepted;
    },
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const FRAME_HEADER_BYTES = 9;
/** `:status: 200` of the static table (RFC 7541, appendix A). */
const STATUS_200 = '\x88';

export const FLAGS = { endStream: 1, endHeaders: 4 } as const;

/** One frame; `flags` are FLAGS added up. */
export function frame(type: keyof typeof TYPES, flags: number, stream: number, payload = '') {
  const head = Buffer.alloc(FRAME_HEADER_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = TYPES[type];
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return head.toString('latin1') + payload;
}

const TYPES = { data: 0, headers: 1, rstStream: 3, settings: 4, ping: 6, goaway: 7 } as const;

export function word(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes.toString('latin1');
}

/** A head of status 200 without other fields. */
export function okFrame(stream: number, flags = 0): string {
  return frame('headers', FLAGS.endHeaders | flags, stream, STATUS_200);
}

/** The other side of a client of raw frames: takes its preface, and agrees to its settings. */
export async function greetClient(peer: RawPeer): Promise<void> {
  await peer.readTo(PREFACE);
  peer.write(frame('settings', 0, 0));
}

/** Waits for the HEADERS of a request; gives the number of its stream. */
export async function readRequest(peer: RawPeer): Promise<number> {
  for (;;) {
    const head = Buffer.from(await peer.read(FRAME_HEADER_BYTES), 'latin1');
    await peer.read(head.readUIntBE(0, 3));
    if (head[3] === TYPES.headers) return head.readUInt32BE(5);
  }
}

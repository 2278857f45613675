// One request by Node's own client of HTTP/2, and all that comes back.

import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';

export interface Http2Answer {
  /** NaN without a response. */
  readonly status: number;
  readonly fields: IncomingHttpHeaders;
  /** Interim responses, by status. */
  readonly interims: readonly number[];
  readonly body: string;
  readonly trailers: IncomingHttpHeaders;
  /** The code of the RST_STREAM that ended it; 0 for none. */
  readonly code: number;
}

export class Http2Client implements AsyncDisposable {
  readonly session: ClientHttp2Session;

  constructor(port: number) {
    this.session = connect(`http://127.0.0.1:${port}`);
    this.session.on('error', () => {});
  }

  /** A GET for `/` of `a.test`, unless `fields` say otherwise. */
  request(fields: OutgoingHttpHeaders = {}, body: string | Buffer = ''): Promise<Http2Answer> {
    const stream = this.open(fields, body.length === 0);
    if (body.length > 0) stream.end(body);
    return answerOf(stream);
  }

  /** The stream of a request; its body is still to come unless `endStream`. */
  open(fields: OutgoingHttpHeaders = {}, endStream = false): ClientHttp2Stream {
    return this.session.request({ ':authority': 'a.test', ':path': '/', ...fields }, { endStream });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.session.destroyed) return;
    const closed = new Promise<void>((resolve) => {
      this.session.on('close', resolve);
    });
    this.session.destroy();
    await closed;
  }
}

/** Resolves when the stream is closed, however it has ended. */
export function answerOf(stream: ClientHttp2Stream): Promise<Http2Answer> {
  let fields: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders = {};
  const interims: number[] = [];
  const pieces: Buffer[] = [];
  stream.on('headers', (interim) => interims.push(Number(interim[':status'])));
  stream.on('response', (received) => {
    fields = received;
  });
  stream.on('trailers', (received) => {
    trailers = received;
  });
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  stream.on('error', () => {});
  return new Promise((resolve) => {
    stream.on('close', () => {
      const body = Buffer.concat(pieces).toString('latin1');
      resolve({
        status: Number(fields[':status']),
        fields,
        interims,
        body,
        trailers,
        code: stream.rstCode,
      });
    });
  });
}

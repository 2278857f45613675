// Calls of gRPC through Headgate: a server that echoes and does as it is told, and a client.

import {
  type Client,
  type ClientUnaryCall,
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { limits } from '#base/limits.ts';
import type { Transport } from '#plan/endpoint-plan.ts';
import { ECHO, type GrpcServer, grpcClient, startGrpcServer } from './grpc-scene.ts';
import { type Hosts, type ProxyFixture, startProxy } from './proxy-fixture.ts';

const H2C: Transport = { protocol: 'h2', tls: null };

/** Echoes; and does what a message that begins with `!` asks for. */
export class Echo {
  cancelled = 0;
  held = 0;
  /** Has a stream that was asked for it send another message. */
  pace: () => void = () => {};

  readonly unary: handleUnaryCall<Buffer, Buffer> = (call, reply) => {
    const text = call.request.length > 64 ? '' : call.request.toString();
    call.on('cancelled', () => {
      this.cancelled += 1;
    });
    if (text === '!hold') {
      this.held += 1;
      return;
    }
    if (text === '!fail') {
      const trailers = new Metadata();
      trailers.set('why', 'because');
      reply({ code: status.FAILED_PRECONDITION, details: 'no: 100 %, é', metadata: trailers });
      return;
    }
    const head = new Metadata();
    if (text === '!big') head.set('x-big', 'x'.repeat(limits.headBytesMax));
    for (const value of call.metadata.get('x-echo')) head.add('x-echoed', value);
    for (const value of call.metadata.get('x-echo-bin')) head.add('x-echoed-bin', value);
    call.sendMetadata(head);
    const trailers = new Metadata();
    trailers.set('x-trailer', 'last');
    reply(null, call.request, trailers);
  };

  readonly collect: handleClientStreamingCall<Buffer, Buffer> = (call, reply) => {
    const pieces: Buffer[] = [];
    call.on('data', (piece: Buffer) => pieces.push(piece));
    call.on('end', () => reply(null, Buffer.concat(pieces)));
  };

  readonly expand: handleServerStreamingCall<Buffer, Buffer> = (call) => {
    if (String(call.request) === '!pace') {
      this.pace = () => call.write(Buffer.from('.'));
      this.pace();
      return;
    }
    for (const byte of call.request) call.write(Buffer.from([byte]));
    call.end();
  };

  readonly talk: handleBidiStreamingCall<Buffer, Buffer> = (call) => {
    call.on('data', (piece: Buffer) => call.write(Buffer.from(`<${piece}>`)));
    call.on('end', () => call.end());
  };

  get methods() {
    const { unary, collect, expand, talk } = this;
    return { unary, collect, expand, talk };
  }
}

export class EchoScene implements AsyncDisposable {
  readonly echo: Echo;
  readonly backend: GrpcServer;
  readonly proxy: ProxyFixture;
  readonly client: Client;

  private constructor(echo: Echo, backend: GrpcServer, proxy: ProxyFixture) {
    this.echo = echo;
    this.backend = backend;
    this.proxy = proxy;
    this.client = grpcClient(proxy.port, 'a.example');
  }

  static async open(): Promise<EchoScene> {
    const echo = new Echo();
    const backend = await startGrpcServer(echo.methods);
    return new EchoScene(echo, backend, await startGrpcProxy({ 'a.example': [backend.endpoint] }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await this.backend[Symbol.asyncDispose]();
    await this.proxy[Symbol.asyncDispose]();
  }
}

/** Its connections to clients linger until their time is over, which only the test lets pass. */
export async function startGrpcProxy(hosts: Hosts, transport = H2C): Promise<ProxyFixture> {
  const proxy = await startProxy(hosts, { transport, h2c: true });
  return {
    ...proxy,
    async [Symbol.asyncDispose]() {
      let isClosed = false;
      const closed = proxy[Symbol.asyncDispose]().then(() => {
        isClosed = true;
      });
      while (!isClosed) {
        proxy.elapse(limits.timerTickMs);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await closed;
    },
  };
}

interface Answer {
  readonly call: ClientUnaryCall;
  readonly error: ServiceError | null;
  readonly message: Buffer | undefined;
  readonly head: Metadata;
  readonly trailers: Metadata;
}

export function callUnary(
  client: Client,
  message: Buffer | string,
  { metadata = new Metadata(), deadlineMs = 10_000 } = {},
): { readonly call: ClientUnaryCall; readonly answer: Promise<Answer> } {
  const { path, requestSerialize, responseDeserialize } = ECHO.unary;
  const settled = Promise.withResolvers<Answer>();
  let head = new Metadata();
  let trailers = new Metadata();
  let result: Pick<Answer, 'error' | 'message'> | null = null;
  const call: ClientUnaryCall = client.makeUnaryRequest(
    path,
    requestSerialize,
    responseDeserialize,
    Buffer.from(message),
    metadata,
    { deadline: Date.now() + deadlineMs },
    (error, reply) => {
      result = { error, message: reply };
    },
  );
  call.on('metadata', (metadata: Metadata) => {
    head = metadata;
  });
  call.on('status', ({ metadata }) => {
    trailers = metadata;
    // The callback runs before or after this event; both have run when the turn is over.
    setImmediate(() => settled.resolve({ call, ...result!, head, trailers }));
  });
  return { call, answer: settled.promise };
}

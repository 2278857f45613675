// A server of gRPC that echoes in all four ways, and clients that reach it through Headgate.

import {
  type ChannelOptions,
  Client,
  credentials,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';

const ECHO_PATH = '/headgate.test.Echo/';

/** Messages are bytes as they are: what they mean is no matter of the proxy. */
function method(name: string, requestStream: boolean, responseStream: boolean) {
  const same = (bytes: Buffer): Buffer => bytes;
  return {
    path: `${ECHO_PATH}${name}`,
    requestStream,
    responseStream,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  } satisfies MethodDefinition<Buffer, Buffer>;
}

export const ECHO = {
  unary: method('Unary', false, false),
  collect: method('Collect', true, false),
  expand: method('Expand', false, true),
  talk: method('Talk', true, true),
} as const satisfies ServiceDefinition;

export interface GrpcServer extends AsyncDisposable {
  readonly server: Server;
  readonly endpoint: { readonly address: string; readonly port: number };
}

export async function startGrpcServer(
  implementation: UntypedServiceImplementation,
  {
    security = ServerCredentials.createInsecure(),
    add = () => {},
  }: { readonly security?: ServerCredentials; readonly add?: (server: Server) => void } = {},
): Promise<GrpcServer> {
  const server = new Server();
  server.addService(ECHO, implementation);
  add(server);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', security, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    server,
    endpoint: { address: '127.0.0.1', port },
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
    },
  };
}

/** Asks for `host` at a port of this machine, in the clear. */
export function grpcClient(port: number, host: string): Client & Disposable {
  const options: ChannelOptions = {
    'grpc.default_authority': host,
    'grpc.enable_retries': 0,
    // A channel of its own, so that tests do not meet in one connection.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.max_receive_message_length': -1,
  };
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), options);
  return Object.assign(client, {
    [Symbol.dispose]() {
      client.close();
    },
  });
}

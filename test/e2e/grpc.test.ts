// gRPC from end to end: clients and servers of @grpc/grpc-js, with Headgate between them.

import { once } from 'node:events';
import { Metadata, ServerCredentials, type ServiceError, status } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation, service as healthService } from 'grpc-health-check';
import { describe, expect, it, vi } from 'vitest';
import { limits } from '#base/limits.ts';
import { makeAuthority } from '../support/apiserver/certificates.ts';
import { callUnary, Echo, EchoScene, startGrpcProxy } from '../support/grpc-calls.ts';
import { ECHO, grpcClient, startGrpcServer } from '../support/grpc-scene.ts';
import { startRawServer } from '../support/raw-peer.ts';

const WAIT = { timeout: 5_000, interval: 5 };

describe('a call through Headgate', () => {
  it('brings its message and metadata, and takes home those of the answer', async () => {
    await using scene = await EchoScene.open();
    const metadata = new Metadata();
    metadata.add('x-echo', 'one');
    metadata.add('x-echo', 'two');
    metadata.add('x-echo-bin', Buffer.from([0, 255, 10]));
    const { head, trailers, message } = await callUnary(scene.client, 'hello', { metadata }).answer;
    expect(message?.toString()).toBe('hello');
    // A field that is repeated is a list (RFC 9110 5.3).
    expect(head.get('x-echoed').join(', ')).toBe('one, two');
    expect(head.get('x-echoed-bin')).toEqual([Buffer.from([0, 255, 10])]);
    expect(trailers.get('x-trailer')).toEqual(['last']);
  });

  it('of 1 MiB is whole in both directions', async () => {
    await using scene = await EchoScene.open();
    const sent = Buffer.alloc(1_048_576, 'ab\0\xff', 'latin1');
    const { message } = await callUnary(scene.client, sent).answer;
    expect(message?.equals(sent)).toBe(true);
  });

  it('may send many messages and take one', async () => {
    await using scene = await EchoScene.open();
    const { path, requestSerialize, responseDeserialize } = ECHO.collect;
    const reply = Promise.withResolvers<Buffer | undefined>();
    const call = scene.client.makeClientStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      (error, message) => (error === null ? reply.resolve(message) : reply.reject(error)),
    );
    for (let index = 0; index < 1_000; index += 1) call.write(Buffer.from(`${index},`));
    call.end();
    const expected = Array.from({ length: 1_000 }, (_, index) => `${index},`).join('');
    expect((await reply.promise)?.toString()).toBe(expected);
  });

  it('may send one message and take many', async () => {
    await using scene = await EchoScene.open();
    const { path, requestSerialize, responseDeserialize } = ECHO.expand;
    const bytes = Buffer.from(Array.from({ length: 2_000 }, (_, index) => index % 256));
    const call = scene.client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      bytes,
    );
    const pieces: Buffer[] = [];
    call.on('data', (piece: Buffer) => pieces.push(piece));
    await once(call, 'end');
    expect(pieces).toHaveLength(2_000);
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
  });

  it('may talk: each message is answered before the next is sent', async () => {
    await using scene = await EchoScene.open();
    const { path, requestSerialize, responseDeserialize } = ECHO.talk;
    const call = scene.client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    for (const word of ['one', 'two', 'three', 'four']) {
      const answer = once(call, 'data');
      call.write(Buffer.from(word));
      expect(String((await answer)[0])).toBe(`<${word}>`);
    }
    const ended = once(call, 'status');
    call.end();
    call.resume();
    expect((await ended)[0].code).toBe(status.OK);
  });

  it('that fails brings status, message and trailers', async () => {
    await using scene = await EchoScene.open();
    const { error, trailers } = await callUnary(scene.client, '!fail').answer;
    expect(error?.code).toBe(status.FAILED_PRECONDITION);
    expect(error?.details).toBe('no: 100 %, é');
    expect(trailers.get('why')).toEqual(['because']);
  });

  it('whose metadata is too much fails alone', async () => {
    await using scene = await EchoScene.open();
    const talk = scene.client.makeBidiStreamRequest(
      ECHO.talk.path,
      ECHO.talk.requestSerialize,
      ECHO.talk.responseDeserialize,
    );
    talk.write(Buffer.from('one'));
    await once(talk, 'data');
    expect((await callUnary(scene.client, '!big').answer).error?.code).toBe(status.UNAVAILABLE);
    const answer = once(talk, 'data');
    talk.write(Buffer.from('two'));
    expect(String((await answer)[0])).toBe('<two>');
    talk.cancel();
    talk.on('error', () => {});
  });

  it('to a method that nobody implements is told so by the server', async () => {
    await using scene = await EchoScene.open();
    const { requestSerialize, responseDeserialize } = ECHO.unary;
    const error = await new Promise<ServiceError | null>((resolve) => {
      scene.client.makeUnaryRequest(
        '/headgate.test.Echo/Nothing',
        requestSerialize,
        responseDeserialize,
        Buffer.alloc(0),
        resolve,
      );
    });
    expect(error?.code).toBe(status.UNIMPLEMENTED);
    expect(error?.details).toContain('Nothing');
  });

  it('ends at its deadline, for the server too', async () => {
    await using scene = await EchoScene.open();
    const { error } = await callUnary(scene.client, '!hold', { deadlineMs: 200 }).answer;
    expect(error?.code).toBe(status.DEADLINE_EXCEEDED);
    await vi.waitFor(() => expect(scene.echo.cancelled).toBe(1), WAIT);
  });

  it('that is cancelled is cancelled for the server', async () => {
    await using scene = await EchoScene.open();
    const { call, answer } = callUnary(scene.client, '!hold');
    await vi.waitFor(() => expect(scene.echo.held).toBe(1), WAIT);
    call.cancel();
    expect((await answer).error?.code).toBe(status.CANCELLED);
    await vi.waitFor(() => expect(scene.echo.cancelled).toBe(1), WAIT);
  });

  it('shares a session with a thousand others', async () => {
    await using scene = await EchoScene.open();
    const calls = Array.from(
      { length: 1_000 },
      (_, index) => callUnary(scene.client, `${index}`).answer,
    );
    const answers = await Promise.all(calls);
    expect(answers.map(({ message }) => Number(message))).toEqual([...calls.keys()]);
  });
});

it('a stream whose client has sent all may be quiet for minutes', async () => {
  await using scene = await EchoScene.open();
  const { path, requestSerialize, responseDeserialize } = ECHO.expand;
  const message = Buffer.from('!pace');
  const call = scene.client.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    message,
  );
  call.resume();
  for (let event = 0; event < 3; event += 1) {
    await once(call, 'data');
    scene.proxy.elapse(limits.streamIdleTimeoutMs - 1_000);
    scene.echo.pace();
  }
  const failed = once(call, 'error');
  await once(call, 'data');
  scene.proxy.elapse(limits.streamIdleTimeoutMs + 1_000);
  expect((await failed)[0].code).toBe(status.INTERNAL);
});

describe('what is built on gRPC', () => {
  it('asks a server for its health', async () => {
    const health = new HealthImplementation({ 'headgate.test.Echo': 'SERVING' });
    await using backend = await startGrpcServer(new Echo().methods, {
      add: (server) => health.addToServer(server),
    });
    await using proxy = await startGrpcProxy({ 'a.example': [backend.endpoint] });
    using client = grpcClient(proxy.port, 'a.example');
    const { path, requestSerialize, responseDeserialize } = healthService.Check!;
    const answer = await new Promise((resolve, reject) => {
      const request = { service: 'headgate.test.Echo' };
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        (error, value) => (error === null ? resolve(value) : reject(error)),
      );
    });
    expect(answer).toEqual({ status: 'SERVING' });
  });
});

it('a server tells by reflection what it serves', async () => {
  const { requestType } = healthService.Check!;
  await using backend = await startGrpcServer(new Echo().methods, {
    add: (server) => new ReflectionService({ request: requestType }).addToServer(server),
  });
  await using proxy = await startGrpcProxy({ 'a.example': [backend.endpoint] });
  using client = grpcClient(proxy.port, 'a.example');
  const { requestSerialize, responseDeserialize } = ECHO.talk;
  const path = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
  const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  const answer = once(call, 'data');
  // Field 7, list_services, of ServerReflectionRequest.
  call.write(Buffer.from('\x3a\x01*', 'latin1'));
  expect(String((await answer)[0])).toContain('grpc.health.v1.Health');
  const ended = once(call, 'status');
  call.end();
  call.resume();
  expect((await ended)[0].code).toBe(status.OK);
});

it('a call reaches a server of gRPC over TLS, which is verified', async () => {
  const authority = makeAuthority('trusted');
  const { certificate, key } = authority.issue({ commonName: 'echo' }, ['echo.shop.svc']);
  const pair = { cert_chain: Buffer.from(certificate), private_key: Buffer.from(key) };
  const security = ServerCredentials.createSsl(null, [pair]);
  await using backend = await startGrpcServer(new Echo().methods, { security });
  await using proxy = await startGrpcProxy(
    { 'a.example': [backend.endpoint] },
    {
      protocol: 'h2',
      tls: {
        serverName: 'echo.shop.svc',
        verifies: true,
        authorities: authority.certificate,
        identity: null,
      },
    },
  );
  using client = grpcClient(proxy.port, 'a.example');
  expect((await callUnary(client, 'hello').answer).message?.toString()).toBe('hello');
});

describe('an error that Headgate makes', () => {
  // biome-ignore format: a table
  it.each([
    ['without a route',                'b.example', status.UNIMPLEMENTED, 'no route for this host and path'],
    ['without an endpoint',            'c.example', status.UNAVAILABLE,   'the service has no ready endpoint'],
    ['with an endpoint that is gone',  'd.example', status.UNAVAILABLE,   'no endpoint accepts connections'],
  ])('%s is a status of gRPC', async (_, host, code, details) => {
    const gone = await startRawServer();
    await gone[Symbol.asyncDispose]();
    await using proxy = await startGrpcProxy({ 'c.example': [], 'd.example': [gone.endpoint] });
    using client = grpcClient(proxy.port, host);
    const { error } = await callUnary(client, 'hello').answer;
    expect(error).toMatchObject({ code, details });
  });

  it('for a silent endpoint is a deadline that has passed', async () => {
    await using scene = await EchoScene.open();
    const { answer } = callUnary(scene.client, '!hold', { deadlineMs: Number.POSITIVE_INFINITY });
    await vi.waitFor(() => expect(scene.echo.held).toBe(1), WAIT);
    scene.proxy.elapse(61_000);
    expect((await answer).error).toMatchObject({
      code: status.DEADLINE_EXCEEDED,
      details: 'the upstream took too long',
    });
  });

  it('for a deadline that passes is DEADLINE_EXCEEDED, and no fault of the endpoint', async () => {
    await using scene = await EchoScene.open();
    const calls = Array.from({ length: limits.failuresToEject }, () =>
      callUnary(scene.client, '!hold', { deadlineMs: 100_000 }),
    );
    await vi.waitFor(() => expect(scene.echo.held).toBe(calls.length), WAIT);
    scene.proxy.elapse(limits.responseTimeoutMs + 30_000);
    expect(scene.echo.cancelled).toBe(0);
    scene.proxy.elapse(11_000);
    for (const { answer } of calls) {
      expect((await answer).error).toMatchObject({
        code: status.DEADLINE_EXCEEDED,
        details: 'the deadline of the call has passed',
      });
    }
    await vi.waitFor(() => expect(scene.echo.cancelled).toBe(calls.length), WAIT);
    expect(scene.proxy.counters.read('upstreamTimeouts')).toBe(calls.length);
    expect(scene.proxy.counters.read('endpointEjections')).toBe(0);
  });

  it('for an endpoint that ends in the middle is UNAVAILABLE', async () => {
    await using scene = await EchoScene.open();
    const { answer } = callUnary(scene.client, '!hold');
    await vi.waitFor(() => expect(scene.echo.held).toBe(1), WAIT);
    scene.backend.server.forceShutdown();
    expect((await answer).error?.code).toBe(status.UNAVAILABLE);
  });
});

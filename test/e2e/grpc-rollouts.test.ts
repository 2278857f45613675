// Servers of gRPC that come and go under calls: what is on its way must not notice.

import { once } from 'node:events';
import { type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, it, vi } from 'vitest';
import { callUnary, EchoScene } from '../support/grpc-calls.ts';
import { ECHO } from '../support/grpc-scene.ts';

const WAIT = { timeout: 10_000, interval: 20 };
const UNAVAILABLE = { code: status.UNAVAILABLE };

describe('a server that leaves', () => {
  it('by GOAWAY fails none of the calls that are on their way', async () => {
    await using scene = await EchoScene.open();
    const { server, endpoint } = scene.backend;
    let finished = 0;
    const failed: (ServiceError | null)[] = [];
    const caller = async (): Promise<void> => {
      for (let index = 0; index < 100; index += 1) {
        const { error, message } = await callUnary(scene.client, `${index}`).answer;
        finished += 1;
        if (message?.toString() !== `${index}`) failed.push(error);
        if (finished % 200 === 0) server.drain(`127.0.0.1:${endpoint.port}`, 10_000);
      }
    };
    await Promise.all(Array.from({ length: 32 }, caller));
    expect(failed).toEqual([]);
    expect(finished).toBe(3_200);
    expect(scene.proxy.counters.read('upstreamRetries')).toBeGreaterThan(0);
  });
});

it('a call goes on while Headgate leaves, and is the last of its connection', async () => {
  await using scene = await EchoScene.open();
  const { path, requestSerialize, responseDeserialize } = ECHO.talk;
  const call = scene.client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  const say = async (word: string): Promise<string> => {
    const answer = once(call, 'data');
    call.write(Buffer.from(word));
    return String((await answer)[0]);
  };
  expect(await say('one')).toBe('<one>');
  const drained = scene.proxy.drain();
  expect(await say('two')).toBe('<two>');
  // The port closes when nobody waits there, and the connection takes no other call.
  const late = async (): Promise<unknown> => (await callUnary(scene.client, 'late').answer).error;
  await vi.waitFor(async () => expect(await late()).toMatchObject(UNAVAILABLE), WAIT);
  expect(await say('three')).toBe('<three>');
  const ended = once(call, 'status');
  call.end();
  call.resume();
  expect((await ended)[0].code).toBe(status.OK);
  await drained;
});

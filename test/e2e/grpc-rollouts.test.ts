// Servers of gRPC that come and go under calls: what is on its way must not notice.

import type { ServiceError } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { callUnary, EchoScene } from '../support/grpc-calls.ts';

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

// A client of gRPC that makes one call after another and checks that each comes back. A channel
// that has failed is given up, since its next calls would fail by themselves for a while.

import { setTimeout as delay } from 'node:timers/promises';
import { type Client, type ServiceError, status } from '@grpc/grpc-js';
import { ECHO, grpcClient } from '../support/grpc-scene.ts';
import type { Random } from '../support/seeded-random.ts';
import { GRPC_POD, GRPC_SERVICE } from './cluster.ts';
import { LATE_MS, type Load } from './http1-clients.ts';
import type { Failure } from './ledger.ts';

const GAP_MS_MAX = 200;

export async function callGrpc(load: Load, client: string, random: Random): Promise<void> {
  while (!load.signal.aborted) {
    using channel = grpcClient(load.ports().http, random.pick(load.hosts));
    while (!load.signal.aborted && (await call(channel, load, client))) {
      await delay(random.below(GAP_MS_MAX));
    }
    await delay(random.below(GAP_MS_MAX));
  }
}

/** Returns whether it has worked. */
async function call(channel: Client, { ledger, hosts }: Load, client: string): Promise<boolean> {
  const asked = ledger.ask(client, hosts[0] as string);
  const answer = await echo(channel, asked.id);
  if (typeof answer !== 'string') {
    ledger.failed(asked, failureOf(answer), answer.details);
    return false;
  }
  if (answer === asked.id) ledger.answered(asked, `${GRPC_SERVICE}/${GRPC_POD}`);
  else ledger.wrong(asked, `echo ${JSON.stringify(answer)}`);
  return true;
}

function echo(channel: Client, said: string): Promise<string | ServiceError> {
  const { path, requestSerialize, responseDeserialize } = ECHO.unary;
  const options = { deadline: Date.now() + LATE_MS };
  return new Promise((resolve) => {
    channel.makeUnaryRequest(
      ...([path, requestSerialize, responseDeserialize, Buffer.from(said), options] as const),
      (error, reply) => resolve(error ?? String(reply)),
    );
  });
}

function failureOf({ code, details }: ServiceError): Failure {
  if (code === status.DEADLINE_EXCEEDED) return 'late';
  if (code !== status.UNAVAILABLE) return 'status 500';
  return /ECONNREFUSED/.test(details) ? 'refused' : 'broken';
}

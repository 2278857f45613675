// One seeded run of the data plane between clients and upstreams that do what they like: the
// proxy's promises are checked on both sides, and in the end nothing may be left open.

import type { Endpoint } from '#plan/endpoint-plan.ts';
import { type ProxyFixture, startProxy } from '../proxy-fixture.ts';
import { type Random, seededRandom } from '../seeded-random.ts';
import { Findings } from './findings.ts';
import { FuzzClient, type Setting } from './fuzz-client.ts';
import { type FuzzRequest, randomRequest } from './random-request.ts';
import { type Ledger, ScriptedUpstream } from './scripted-upstream.ts';
import { SentRequests } from './sent-requests.ts';
import { turn, turnUntil } from './write-pieces.ts';

const CLIENTS_MAX = 4;
const REQUESTS_MAX = 6;

/** Runs the seed's clients to their end. */
export async function fuzzRelay(seed: number): Promise<Findings> {
  const random = seededRandom(seed);
  const findings = new Findings();
  const ledger: Ledger = {
    findings,
    requests: new SentRequests(),
    areBytes: random.below(4) === 0,
  };
  await using upstreams = new AsyncDisposableStack();
  const endpoints: Endpoint[] = [];
  for (let count = 1 + random.below(2); count > 0; count -= 1) {
    endpoints.push(upstreams.use(await ScriptedUpstream.start(ledger)).endpoint);
  }
  await using proxy = await startProxy({ 'a.example': endpoints });
  const { areBytes } = ledger;
  const setting: Setting = { port: proxy.port, findings, areBytes, isDraining: false };
  const clients = Array.from({ length: 1 + random.below(CLIENTS_MAX) }, () =>
    new FuzzClient(
      seededRandom(random.below(2 ** 31)),
      randomRequests(random, ledger),
      setting,
    ).run(),
  );
  await disturb(random, proxy, endpoints, setting);
  await Promise.all(clients);
  await checkClosed(proxy, findings);
  return findings;
}

/** The requests of one client; their ids are unique in the ledger. */
export function randomRequests(random: Random, { requests }: Ledger): FuzzRequest[] {
  const count = 1 + random.below(REQUESTS_MAX);
  return Array.from({ length: count }, (_, index) => {
    const request = randomRequest(random, requests.lastId + 1, index === count - 1);
    requests.add(request);
    return request;
  });
}

/** Endpoints change, which nobody may notice; or the proxy begins to leave. */
async function disturb(
  random: Random,
  proxy: ProxyFixture,
  endpoints: readonly Endpoint[],
  setting: Setting,
): Promise<void> {
  const kind = random.below(8);
  if (kind > 2) return;
  for (let turns = random.below(60); turns > 0; turns -= 1) await turn();
  if (kind === 0) {
    setting.isDraining = true;
    await proxy.drain();
    return;
  }
  for (let changes = random.below(6); changes > 0; changes -= 1) {
    const [first = random.pick(endpoints)] = endpoints;
    proxy.publish({ 'a.example': random.below(2) === 0 ? endpoints : [first] });
    for (let turns = random.below(20); turns > 0; turns -= 1) await turn();
  }
}

async function checkClosed({ counters }: ProxyFixture, findings: Findings): Promise<void> {
  const openCount = () =>
    counters.read('downstreamConnections') - counters.read('downstreamConnectionsClosed');
  if (await turnUntil(() => openCount() === 0, 2_000)) return;
  findings.report(`${openCount()} client connections stay open`);
}

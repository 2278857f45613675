// The question: what does proxying one small request cost, on connections that stay? 64 of them,
// a 30-byte answer, one core for the proxy; Headgate beside nginx, HAProxy and the Node proxies,
// in turn, so that a change in the machine's mood meets all of them alike.

import { parseArgs } from 'node:util';
import { coreFor, describeMachine, describePinning } from '../lib/machine.ts';
import { BENCH_HOST, PEERS, type Peer } from '../lib/peers.ts';
import { ProcessList } from '../lib/process-list.ts';
import { type PeerResult, reportLoad } from '../lib/report-load.ts';
import { type Driver, type LoadPlace, type Measurement, runLoad } from '../lib/run-load.ts';
import { saveResult } from '../lib/save-result.ts';
import { startBackend } from '../lib/start-backend.ts';
import { type RunningPeer, startPeer } from '../lib/start-peer.ts';
import { TemporaryDirectory } from '../lib/temporary-directory.ts';

const BODY = 'thirty bytes from the backend\n';
const HELP = `Usage: npm run bench -- [--rounds 5] [--seconds 4] [--warmup 2] [--connections 64]
                       [--only NAME]... [--driver autocannon|wrk]
Names: ${PEERS.map((peer) => peer.name).join(', ')}
`;

interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmup: number;
  readonly connections: number;
  readonly peers: readonly Peer[];
  readonly driver: Driver;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '4' },
      warmup: { type: 'string', default: '2' },
      connections: { type: 'string', default: '64' },
      only: { type: 'string', multiple: true, default: PEERS.map((peer) => peer.name) },
      driver: { type: 'string', default: 'autocannon' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    process.exit(0);
  }
  return {
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    warmup: Number(values.warmup),
    connections: Number(values.connections),
    peers: PEERS.filter((peer) => values.only.includes(peer.name)),
    driver: values.driver === 'wrk' ? 'wrk' : 'autocannon',
  };
}

async function startPeers(
  peers: readonly Peer[],
  place: Parameters<typeof startPeer>[1],
): Promise<RunningPeer[]> {
  const running: RunningPeer[] = [];
  for (const peer of peers) {
    if (peer.version() === null) {
      process.stdout.write(`${peer.name}: not installed, left out\n`);
      continue;
    }
    try {
      running.push(await startPeer(peer, place));
    } catch (error) {
      process.stdout.write(`${peer.name}: does not serve, left out: ${String(error)}\n`);
      // A missing competitor is a fact of the machine; without Headgate there is no answer.
      if (peer.kind === 'headgate') process.exitCode = 1;
    }
  }
  return running;
}

async function measure(
  running: readonly RunningPeer[],
  place: LoadPlace,
  options: Options,
): Promise<PeerResult[]> {
  const rounds = new Map<RunningPeer, Measurement[]>(running.map((peer) => [peer, []]));
  for (let round = 0; round < options.rounds; round += 1) {
    for (const [peer, measurements] of rounds) {
      const url = `http://127.0.0.1:${peer.port}/`;
      const load = { url, host: BENCH_HOST, connections: options.connections };
      if (round === 0) await runLoad(place, { ...load, seconds: options.warmup }, peer.pid);
      measurements.push(await runLoad(place, { ...load, seconds: options.seconds }, peer.pid));
    }
    process.stderr.write(`round ${round + 1} of ${options.rounds} done\n`);
  }
  return [...rounds].map(([{ peer }, measurements]) => ({
    name: peer.name,
    kind: peer.kind,
    version: peer.version() ?? '',
    measurements,
  }));
}

const options = readOptions();
const machine = `${describeMachine()}; ${describePinning()}`;
using directory = new TemporaryDirectory();
await using processes = new ProcessList();
const loadCore = coreFor('load');
const place = { processes, directory: directory.path };
const backend = await startBackend({ ...place, core: loadCore }, BODY);
const running = await startPeers(options.peers, {
  ...place,
  backendPort: backend.port,
  core: coreFor('proxy'),
});
const results = await measure(
  running,
  { ...place, driver: options.driver, core: loadCore },
  options,
);
const { rounds, seconds, connections, driver } = options;
const setting =
  `${connections} keep-alive connections, ${BODY.length}-byte body, ${driver}, ` +
  `medians of ${rounds} rounds of ${seconds} s in turn (min..max), backend ${backend.name}`;
process.stdout.write(`\n${machine}\n${setting}\n\n${reportLoad(results)}`);
process.stdout.write(`\n${saveResult('keep-alive-small', { machine, setting, results })}\n`);

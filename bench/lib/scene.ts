// The stage of one question: a backend and the proxies in front of it, each alone in its process
// and pinned, and a place for the load. All of it goes when the question has been answered.

import { coreFor } from './machine.ts';
import { PEERS, type Peer } from './peers.ts';
import { ProcessList } from './process-list.ts';
import type { Options } from './read-options.ts';
import type { LoadPlace } from './run-load.ts';
import type { Backend, BackendPlace } from './start-backend.ts';
import { type RunningPeer, startPeer } from './start-peer.ts';
import { TemporaryDirectory } from './temporary-directory.ts';

export interface Scene extends AsyncDisposable {
  readonly place: LoadPlace;
  readonly backend: Backend;
  readonly running: readonly RunningPeer[];
}

/** What the questions that are not about Node compare. */
export const NATIVE_PEERS = ['headgate', 'nginx', 'haproxy'];

/** `peers` are those of a question whose user has named none, as `table` says to start them. */
export async function openScene(
  options: Options,
  peers: readonly string[],
  startBackend: (place: BackendPlace) => Promise<Backend>,
  table: readonly Peer[] = PEERS,
): Promise<Scene> {
  await using opened = new AsyncDisposableStack();
  const directory = opened.use(new TemporaryDirectory()).path;
  const processes = opened.use(new ProcessList());
  const core = coreFor('load');
  const backend = await startBackend({ processes, directory, core });
  const backendPort = backend.port;
  const place = { processes, directory, backendPort, core: coreFor('proxy') };
  const names = options.peers ?? peers;
  const running: RunningPeer[] = [];
  for (const peer of table.filter(({ name }) => names.includes(name))) {
    const one = await startIfPossible(peer, place);
    if (one !== null) running.push(one);
  }
  const rest = opened.move();
  return {
    place: { processes, directory, core, driver: options.driver },
    backend,
    running,
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

/** A missing competitor is a fact of the machine; without Headgate there is no answer. */
async function startIfPossible(
  peer: Peer,
  place: Parameters<typeof startPeer>[1],
): Promise<RunningPeer | null> {
  if (peer.version() === null) {
    process.stdout.write(`${peer.name}: not installed, left out\n`);
    return null;
  }
  try {
    return await startPeer(peer, place);
  } catch (error) {
    if (peer.kind === 'headgate') throw error;
    process.stdout.write(`${peer.name}: does not serve, left out: ${String(error)}\n`);
    return null;
  }
}

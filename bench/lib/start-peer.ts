// Starts one peer and waits until it serves.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import type { Peer } from './peers.ts';
import type { ProcessList } from './process-list.ts';
import { waitUntilReady } from './wait-until-ready.ts';

export interface RunningPeer {
  readonly peer: Peer;
  readonly pid: number;
  readonly port: number;
}

export interface PeerPlace {
  readonly processes: ProcessList;
  readonly directory: string;
  readonly backendPort: number;
  readonly core: number | null;
}

/** Rejects, with the peer's last words, if it does not serve. */
export async function startPeer(peer: Peer, place: PeerPlace): Promise<RunningPeer> {
  const directory = join(place.directory, peer.name.replaceAll(/\W/g, '-'));
  mkdirSync(directory);
  const port = await freePort();
  const adminPort = await freePort();
  const { backendPort, core } = place;
  const prepared = peer.prepare({ directory, port, adminPort, backendPort, core });
  const running = place.processes.start(prepared.command);
  await waitUntilReady(prepared.readyUrl, running);
  return { peer, pid: running.pid, port };
}

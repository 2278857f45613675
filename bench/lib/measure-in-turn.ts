// Rounds in turn, A B C A B C, so that a change in the machine's mood meets all peers alike.

import type { PeerResult } from './peer-result.ts';
import type { Options } from './read-options.ts';
import type { Measurement } from './run-load.ts';
import type { RunningPeer } from './start-peer.ts';

/** `run` puts the load of one round on one peer, and once before the first as a warm-up. */
export async function measureInTurn(
  label: string,
  running: readonly RunningPeer[],
  options: Options,
  run: (peer: RunningPeer, seconds: number) => Promise<Measurement>,
): Promise<PeerResult[]> {
  const measurements = new Map<RunningPeer, Measurement[]>(running.map((peer) => [peer, []]));
  for (let round = 0; round < options.rounds; round += 1) {
    for (const [peer, ofPeer] of measurements) {
      if (round === 0) await run(peer, options.warmup);
      ofPeer.push(await run(peer, options.seconds));
    }
    process.stderr.write(`${label}: round ${round + 1} of ${options.rounds} done\n`);
  }
  return [...measurements].map(([{ peer }, ofPeer]) => ({
    name: peer.name,
    kind: peer.kind,
    version: peer.version() ?? '',
    measurements: ofPeer,
  }));
}

// Entry of a pod that runs in a process of its own, for a network of its own: `far-pod.ts SERVICE
// NAME ADDRESS`. Prints its port, and ends with its standard input.

import { seededRandom } from '../support/seeded-random.ts';
import { Pod } from './pod.ts';

const [service = '', name = '', address = ''] = process.argv.slice(2);
const pod = new Pod({ service, name, random: seededRandom(1), onBroken: () => {} });
await pod.start(address);
process.stdout.write(`${pod.port}\n`);
process.stdin.resume().once('end', () => process.exit(0));

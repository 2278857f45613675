// The command line that all questions about load share.

import { parseArgs } from 'node:util';
import { PEERS } from './peers.ts';
import { isInstalled } from './process-list.ts';
import type { Driver } from './run-load.ts';

export interface Options {
  readonly rounds: number;
  /** Of one round. */
  readonly seconds: number;
  readonly warmup: number;
  /** Short and rough, for work on the bench or on the proxy. */
  readonly isQuick: boolean;
  /** Names of peers; null leaves the choice to the question. */
  readonly peers: readonly string[] | null;
  /** What drives as fast as the proxy goes, for all peers of the run. */
  readonly driver: Driver;
  /** Names of questions; null is all. */
  readonly only: readonly string[] | null;
  /** Counts of connections, for the questions that vary them; null leaves it to the question. */
  readonly connections: readonly number[] | null;
  /** Requests per second, for the questions with a fixed rate; null leaves it to the question. */
  readonly rate: number | null;
}

const FULL = { rounds: '5', seconds: '4', warmup: '2' };
const QUICK = { rounds: '2', seconds: '1', warmup: '1' };
const HELP = `Options: [--quick] [--only QUESTION]... [--peer NAME]...
         [--rounds ${FULL.rounds}] [--seconds ${FULL.seconds}] [--warmup ${FULL.warmup}]
         [--driver wrk|autocannon] [--connections COUNT]... [--rate REQUESTS_PER_SECOND]
Peers: ${PEERS.map((peer) => peer.name).join(', ')}
`;

/** Ends the process for --help, and with status 2 for anything it does not know. */
export function readOptions(): Options {
  try {
    return parse();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${HELP}`);
    process.exit(2);
  }
}

function parse(): Options {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      warmup: { type: 'string' },
      peer: { type: 'string', multiple: true },
      driver: { type: 'string', default: isInstalled('wrk') ? 'wrk' : 'autocannon' },
      connections: { type: 'string', multiple: true },
      rate: { type: 'string' },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    process.exit(0);
  }
  const known = PEERS.map((peer) => peer.name);
  const defaults = values.quick ? QUICK : FULL;
  return {
    rounds: positive(values.rounds ?? defaults.rounds),
    seconds: positive(values.seconds ?? defaults.seconds),
    warmup: positive(values.warmup ?? defaults.warmup),
    isQuick: values.quick,
    peers: values.peer?.map((name) => oneOf(name, known)) ?? null,
    driver: oneOf<Driver>(values.driver, ['wrk', 'autocannon']),
    only: values.only ?? null,
    connections: values.connections?.map(positive) ?? null,
    rate: values.rate === undefined ? null : positive(values.rate),
  };
}

function positive(text: string): number {
  if (!/^[1-9][0-9]{0,6}$/.test(text)) {
    throw new Error(`expected a number from 1, got ${JSON.stringify(text)}`);
  }
  return Number(text);
}

function oneOf<T extends string>(text: string, known: readonly T[]): T {
  const found = known.find((name) => name === text);
  if (found !== undefined) return found;
  throw new Error(`expected one of ${known.join(', ')}, got ${JSON.stringify(text)}`);
}

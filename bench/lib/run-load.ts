// One load on one proxy: starts the load process, and reads the proxy's CPU time around it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCpuUs } from './process-cpu.ts';
import type { Command, ProcessList } from './process-list.ts';

/** As many requests as will go: each connection asks again when it has been answered. */
export interface LoadRequest {
  readonly url: string;
  /** The Host field; the URL itself is always loopback. */
  readonly host: string;
  readonly connections: number;
  readonly seconds: number;
  /** Each request closes its connection, and the next one opens another. */
  readonly closes?: boolean;
  /** Each request brings a body of so many bytes. */
  readonly uploadBytes?: number;
}

/** What a load process prints. A request is whatever the question counts, such as a message. */
export interface LoadResult {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  /** Answers that are not the expected ones, failed or reset sockets, time-outs. */
  readonly errors: number;
  /** The driver's own error: how long after its time 99 of 100 requests have been sent. */
  readonly lateP99Ms?: number;
}

export interface Measurement extends LoadResult {
  /** CPU time of the whole proxy process, all threads, user and system, per request done. */
  readonly cpuUsPerRequest: number;
  /** CPU time over wall time: below 1 the proxy had time to spare and the load was the limit. */
  readonly coresBusy: number;
}

export type Driver = 'autocannon' | 'wrk';

export interface LoadPlace {
  readonly processes: ProcessList;
  readonly driver: Driver;
  readonly core: number | null;
  /** For files the driver needs. */
  readonly directory: string;
}

/** A load process prints it when its connections are open: what follows is measured. */
export const BEGUN = 'begun\n';

/** Rejects if the load process fails or did not complete one request. */
export function runLoad(
  place: LoadPlace,
  request: LoadRequest,
  proxyPid: number,
): Promise<Measurement> {
  if (place.driver === 'wrk') {
    return measure(place, { command: wrkCommand(place, request), proxyPid });
  }
  return runNodeLoad(place, { program: 'drive-autocannon.ts', request, proxyPid });
}

export interface NodeLoad {
  /** A file in this folder; it is given `request` as JSON. */
  readonly program: string;
  readonly request: object;
  readonly proxyPid: number;
}

/** Rejects like `runLoad`. */
export function runNodeLoad(
  place: LoadPlace,
  { program, request, proxyPid }: NodeLoad,
): Promise<Measurement> {
  const args = [join(import.meta.dirname, program), JSON.stringify(request)];
  const command = { program: process.execPath, args, core: place.core };
  return measure(place, { command, proxyPid });
}

export interface MeasuredLoad {
  readonly command: Command;
  readonly proxyPid: number;
  /** Reads what the load process has printed; left out, that ends with a LoadResult as JSON. */
  readonly parse?: (output: string) => LoadResult;
}

/** Rejects like `runLoad`. */
export async function measure(
  { processes }: LoadPlace,
  { command, proxyPid, parse = parseJson }: MeasuredLoad,
): Promise<Measurement> {
  let beforeUs = readCpuUs(proxyPid);
  const output = await processes.run(command, (text) => {
    if (text === BEGUN) beforeUs = readCpuUs(proxyPid);
  });
  const cpuUs = readCpuUs(proxyPid) - beforeUs;
  const result = parse(output);
  if (result.requests === 0) throw new Error('no request was answered');
  return {
    ...result,
    cpuUsPerRequest: cpuUs / result.requests,
    coresBusy: cpuUs / 1_000_000 / (result.requests / result.requestsPerSecond),
  };
}

function parseJson(output: string): LoadResult {
  return JSON.parse(output.slice(output.lastIndexOf('{'))) as LoadResult;
}

// wrk tells its percentiles and error counts to a script's `done` only.
const WRK_REPORT = `
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '{"requests":%d,"requestsPerSecond":%f,"p50Ms":%f,"p99Ms":%f,"p999Ms":%f,"errors":%d}',
    summary.requests, summary.requests / summary.duration * 1000000,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    latency:percentile(99.9) / 1000, e.connect + e.read + e.write + e.status + e.timeout))
end
`;

function wrkCommand(place: LoadPlace, request: LoadRequest): Command {
  const { uploadBytes = 0 } = request;
  const body = `wrk.method = "POST"\nwrk.body = string.rep("x", ${uploadBytes})\n`;
  const script = join(place.directory, 'wrk.lua');
  writeFileSync(script, uploadBytes === 0 ? WRK_REPORT : body + WRK_REPORT);
  const args = ['--threads', '1', '--connections', String(request.connections)];
  args.push('--duration', `${request.seconds}s`, '--header', `Host: ${request.host}`);
  if (request.closes) args.push('--header', 'Connection: close');
  args.push('--script', script, request.url);
  return { program: 'wrk', args, core: place.core };
}

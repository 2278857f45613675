// One load on one proxy: starts the load process, and reads the proxy's CPU time around it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCpuUs } from './process-cpu.ts';
import type { Command, ProcessList } from './process-list.ts';

export interface LoadRequest {
  readonly url: string;
  /** The Host field; the URL itself is always loopback. */
  readonly host: string;
  readonly connections: number;
  readonly seconds: number;
}

/** What a load process prints. */
export interface LoadResult {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  /** Answers that are not 2xx, failed or reset sockets, time-outs. */
  readonly errors: number;
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

/** Rejects if the load process fails or did not complete one request. */
export async function runLoad(
  place: LoadPlace,
  request: LoadRequest,
  proxyPid: number,
): Promise<Measurement> {
  const command = place.driver === 'wrk' ? wrkCommand(place, request) : nodeCommand(place, request);
  const cpuBeforeUs = readCpuUs(proxyPid);
  const output = await place.processes.run(command);
  const cpuUs = readCpuUs(proxyPid) - cpuBeforeUs;
  const result = JSON.parse(output.slice(output.lastIndexOf('{'))) as LoadResult;
  if (result.requests === 0) throw new Error(`no request was answered at ${request.url}`);
  return {
    ...result,
    cpuUsPerRequest: cpuUs / result.requests,
    coresBusy: cpuUs / 1_000_000 / (result.requests / result.requestsPerSecond),
  };
}

function nodeCommand(place: LoadPlace, request: LoadRequest): Command {
  const program = join(import.meta.dirname, 'drive-autocannon.ts');
  return {
    program: process.execPath,
    args: [program, JSON.stringify(request)],
    core: place.core,
  };
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
  const script = join(place.directory, 'report.lua');
  writeFileSync(script, WRK_REPORT);
  const args = ['--threads', '1', '--connections', String(request.connections)];
  args.push('--duration', `${request.seconds}s`, '--header', `Host: ${request.host}`);
  args.push('--script', script, request.url);
  return { program: 'wrk', args, core: place.core };
}

// A load of requests that no rule answers, for hosts all over a made-up cluster: what it costs is
// the lookup and the shortest answer there is.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled, type ProcessList } from './process-list.ts';
import { measure } from './run-load.ts';

export interface Misses {
  readonly port: number;
  readonly pid: number;
  /** Hosts of the cluster. */
  readonly hosts: number;
  readonly seconds: number;
  readonly directory: string;
}

const CONNECTIONS = 32;

/** CPU microseconds for each; NaN where wrk is not installed. */
export async function runMisses(processes: ProcessList, misses: Misses): Promise<number> {
  if (!isInstalled('wrk')) return Number.NaN;
  const { port, pid, hosts, seconds, directory } = misses;
  const script = join(directory, 'misses.lua');
  writeFileSync(script, scriptFor(hosts));
  const args = ['--threads', '1', '--connections', String(CONNECTIONS)];
  args.push('--duration', `${seconds}s`, '--script', script, `http://127.0.0.1:${port}/`);
  const command = { program: 'wrk', args, core: null };
  const place = { processes, driver: 'wrk', core: null, directory } as const;
  return (await measure(place, { command, proxyPid: pid })).cpuUsPerRequest;
}

function scriptFor(hosts: number): string {
  return `
request = function()
  local host = "host-" .. math.random(0, ${Math.max(0, hosts - 1)}) .. ".bench.test"
  return "GET /of-no-rule HTTP/1.1\\r\\nHost: " .. host .. "\\r\\n\\r\\n"
end
done = function(summary)
  io.write(string.format('{"requests":%d,"requestsPerSecond":%f,"errors":0}',
    summary.requests, summary.requests / summary.duration * 1000000))
end
`;
}

// HTTP/2 load by h2load (nghttp2), which has no rival among the drivers: how it is started, and
// what its report says.

import { isInstalled } from './process-list.ts';
import { type LoadPlace, type LoadResult, type Measurement, measure } from './run-load.ts';

export interface Http2Request {
  /** For TLS. */
  readonly port: number;
  readonly host: string;
  readonly connections: number;
  /** Under way at a time, on each connection. */
  readonly streams: number;
  readonly seconds: number;
}

const COUNTS = /^requests: .*, (\d+) done, .* (\d+) failed, (\d+) errored, (\d+) timeout$/m;
const STATUS_CODES = /^status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx$/m;

export function hasH2load(): boolean {
  return isInstalled('h2load');
}

/** Rejects like `runLoad`. Latencies are not told. */
export function runH2load(
  place: LoadPlace,
  request: Http2Request,
  proxyPid: number,
): Promise<Measurement> {
  const { port, host, connections, streams, seconds } = request;
  const args = ['--clients', String(connections), '--max-concurrent-streams', String(streams)];
  args.push('--duration', String(seconds), '--threads', '1');
  args.push('--connect-to', `127.0.0.1:${port}`, `https://${host}:${port}/`);
  const command = { program: 'h2load', args, core: place.core };
  return measure(place, { command, proxyPid, parse: (text) => parseReport(text, seconds) });
}

function parseReport(text: string, seconds: number): LoadResult {
  const [, done, ...failures] = COUNTS.exec(text) ?? [];
  const [, good, ...bad] = STATUS_CODES.exec(text) ?? [];
  const errors = [...failures, ...bad].reduce((sum, count) => sum + Number(count), 0);
  if (done === undefined || good === undefined) throw new Error(`not understood: ${text}`);
  const requests = Number(good);
  const unknown = { p50Ms: Number.NaN, p99Ms: Number.NaN, p999Ms: Number.NaN };
  return { requests, requestsPerSecond: requests / seconds, ...unknown, errors };
}

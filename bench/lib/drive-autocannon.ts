// Entry of the load process: drives autocannon once and prints a LoadResult as JSON. A process of
// its own, so that its work is neither the proxy's nor the bench's.

import autocannon from 'autocannon';
import type { LoadRequest, LoadResult } from './run-load.ts';

const request = JSON.parse(process.argv[2] ?? '') as LoadRequest;
const { uploadBytes = 0 } = request;
const result = await autocannon({
  url: request.url,
  connections: request.connections,
  duration: request.seconds,
  headers: { host: request.host, ...(request.closes && { connection: 'close' }) },
  ...(uploadBytes > 0 && { method: 'POST' as const, body: 'x'.repeat(uploadBytes) }),
});

const load: LoadResult = {
  requests: result.requests.total,
  requestsPerSecond: result.requests.total / result.duration,
  p50Ms: result.latency.p50,
  p99Ms: result.latency.p99,
  p999Ms: result.latency.p99_9,
  errors: result.non2xx + result.errors + result.timeouts,
};
process.stdout.write(JSON.stringify(load));

// The line that says what a figure was measured on.

import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, release } from 'node:os';
import { headgateVersion } from './headgate.ts';
import { nginxVersion } from './nginx.ts';
import { canPin } from './process-list.ts';

const PROXY_CORE = 0;
const LOAD_CORE = 1;

/** Proxy and load on cores of their own, or null where that cannot be. */
export function coreFor(role: 'proxy' | 'load'): number | null {
  if (!canPin() || availableParallelism() < 2) return null;
  return role === 'proxy' ? PROXY_CORE : LOAD_CORE;
}

export function describeMachine(): string {
  const model = cpus()[0]?.model ?? 'unknown processor';
  const load = (loadavg()[0] as number).toFixed(1);
  return (
    `${model}, ${cpus().length} cores, Linux ${release()}, Node ${process.version}, ` +
    `load average ${load} at the start`
  );
}

/** Of what was measured; the commit tells two runs of one version apart. */
export function describeVersions(): string {
  const git = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' });
  const commit = git.status === 0 ? ` (${git.stdout.trim()})` : '';
  return `Headgate ${headgateVersion()}${commit}, nginx ${nginxVersion() ?? 'not installed'}`;
}

export function describePinning(): string {
  return coreFor('proxy') === null
    ? 'nothing pinned: taskset or a second core is missing'
    : `proxy pinned to core ${PROXY_CORE}, backend and load to core ${LOAD_CORE}`;
}

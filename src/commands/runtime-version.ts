// Which Node.js is too old to face the internet. `engines` accepts any Node 26, because the npm
// registry's packages of Node lag behind its releases; operators should run the newest.

import type { Log } from '#base/log.ts';

/** Releases of Node 26 before this one have bugs that a remote peer can reach. */
const SAFE_VERSION = '26.13.1';

/** Logs one warning if `version`, such as `v26.10.0`, is older than SAFE_VERSION. */
export function warnOfOldRuntime(version: string, log: Log): void {
  if (!isOlder(version.replace(/^v/, ''), SAFE_VERSION)) return;
  log.warn('this Node.js has known bugs that remote peers can reach; run the newest Node.js 26', {
    version,
    safeVersion: `v${SAFE_VERSION}`,
  });
}

function isOlder(version: string, than: string): boolean {
  const [parts, bounds] = [version, than].map((text) => text.split('.').map(Number.parseFloat));
  for (const [index, bound] of (bounds ?? []).entries()) {
    const part = parts?.[index] ?? 0;
    if (part !== bound) return part < bound;
  }
  return false;
}

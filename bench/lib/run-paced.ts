// A load with a fixed rate on one proxy.

import type { PacedRequest } from './drive-paced.ts';
import { type LoadPlace, type Measurement, runNodeLoad } from './run-load.ts';

/** Rejects like `runLoad`. */
export function runPaced(
  place: LoadPlace,
  request: PacedRequest,
  proxyPid: number,
): Promise<Measurement> {
  return runNodeLoad(place, { program: 'drive-paced.ts', request, proxyPid });
}

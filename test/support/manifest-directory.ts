// A temporary directory of manifests, gone at the end of the test that uses it.

import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ManifestDirectory extends AsyncDisposable {
  readonly path: string;
}

/** `files` are texts by file name. */
export async function manifestDirectory(
  files: Readonly<Record<string, string>>,
): Promise<ManifestDirectory> {
  const directory = await mkdtempDisposable(join(tmpdir(), 'headgate-'));
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(directory.path, name), text);
  }
  return { path: directory.path, [Symbol.asyncDispose]: () => directory.remove() };
}

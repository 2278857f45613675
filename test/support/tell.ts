// Runs the commands that only tell something over the manifests of test/commands/manifests.

import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { PlanOptions } from '../../src/commands/command-line.ts';
import type { Report } from '../../src/commands/report.ts';
import { manifestDirectory } from './manifest-directory.ts';

type Files = Readonly<Record<string, string>>;

export const GOOD: Files = { 'good.yaml': await readManifest('good.yaml') };
/** The good one, and one with mistakes and a rival. */
export const MIXED: Files = { ...GOOD, 'bad.yaml': await readManifest('bad.yaml') };
/** A service of the good one, as a default backend. */
export const SITE = { namespace: 'web', service: 'site', port: 80 };

function readManifest(name: string): Promise<string> {
  return readFile(new URL(`../commands/manifests/${name}`, import.meta.url), 'utf8');
}

/** What a command tells of files, without the path of their directory. */
export async function tell(
  command: (options: PlanOptions) => Report,
  files: Files,
  options: Partial<PlanOptions> = {},
) {
  await using directory = await manifestDirectory(files);
  const { text, remark, exitCode } = command({
    manifests: [directory.path],
    controllerName: 'headgate.dev/ingress-controller',
    ingressClass: 'headgate',
    defaultBackend: null,
    defaultTlsSecret: null,
    nodeName: null,
    zone: null,
    disableExternalNames: false,
    ...options,
  });
  const lines = text.replaceAll(`${directory.path}/`, '').split('\n');
  expect(lines.pop()).toBe('');
  return { lines, remark, exitCode };
}

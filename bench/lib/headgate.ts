// How the bench starts Headgate: the real program over a directory of manifests.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from './process-list.ts';

const ROOT = join(import.meta.dirname, '..', '..');

export interface HeadgateSetting {
  readonly manifests: string;
  readonly httpPort: number;
  readonly adminPort: number;
  readonly workers: number;
  readonly core: number | null;
}

export function headgateVersion(): string {
  const file = readFileSync(join(ROOT, 'package.json'), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}

export function headgateCommand(setting: HeadgateSetting): Command {
  const args = [join(ROOT, 'src', 'main.ts'), 'run', '--manifests', setting.manifests];
  args.push('--bind', '127.0.0.1', '--http-port', String(setting.httpPort));
  args.push('--admin-port', String(setting.adminPort), '--workers', String(setting.workers));
  args.push('--log-level', 'error');
  return { program: process.execPath, args, core: setting.core };
}

// How the bench starts Headgate: the real program over a directory of manifests, or a cluster.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from './process-list.ts';

const ROOT = join(import.meta.dirname, '..', '..');

interface ServingSetting {
  readonly httpPort: number;
  readonly adminPort: number;
  readonly workers: number;
  readonly core: number | null;
  /** Left out, there is no HTTPS. */
  readonly https?: HttpsSetting;
}

export interface HttpsSetting {
  readonly port: number;
  /** The Secret of the certificate for all other names, or null for one made at the start. */
  readonly defaultSecret: string | null;
}

export interface HeadgateSetting extends ServingSetting {
  readonly manifests: string;
}

export interface GatewaySetting extends ServingSetting {
  readonly kubeconfig: string;
  /** What the status of its Ingresses shows. */
  readonly address: string;
}

export function headgateVersion(): string {
  const file = readFileSync(join(ROOT, 'package.json'), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}

export function headgateCommand(setting: HeadgateSetting): Command {
  return serving(setting, ['--manifests', setting.manifests]);
}

/** In front of a cluster whose pods are on loopback. */
export function gatewayCommand(setting: GatewaySetting): Command {
  const { kubeconfig, address } = setting;
  const source = ['--kubeconfig', kubeconfig, '--allow-local-endpoints'];
  return serving(setting, [...source, '--publish-address', address]);
}

function serving(setting: ServingSetting, source: readonly string[]): Command {
  const args = [join(ROOT, 'src', 'main.ts'), 'run', ...source];
  args.push('--bind', '127.0.0.1', '--http-port', String(setting.httpPort));
  args.push('--https-port', String(setting.https?.port ?? 'none'));
  const defaultSecret = setting.https?.defaultSecret ?? null;
  if (defaultSecret !== null) args.push('--default-tls-secret', defaultSecret);
  args.push('--admin-port', String(setting.adminPort), '--workers', String(setting.workers));
  args.push('--log-level', 'error');
  return { program: process.execPath, args, core: setting.core };
}

// The proxies that are compared: ONE table. A row says how to learn a peer's version and how to
// start it, alone, in front of the backend.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { haproxyFile, haproxyVersion } from './haproxy.ts';
import { headgateCommand, headgateVersion } from './headgate.ts';
import { ingressManifest, serviceManifest } from './manifests.ts';
import {
  NGINX_LARGE_BUFFERS,
  nginxFile,
  nginxProxyServer,
  nginxUpstream,
  nginxVersion,
} from './nginx.ts';
import type { Command } from './process-list.ts';

/** The host that every load asks for. */
export const BENCH_HOST = 'bench.test';

export interface Peer {
  readonly name: string;
  readonly kind: 'headgate' | 'native' | 'node' | 'backend';
  /** Null where it is not installed. */
  readonly version: () => string | null;
  readonly prepare: (setting: PeerSetting) => PreparedPeer;
}

export interface PeerSetting {
  /** Exists, is empty, and belongs to this peer. */
  readonly directory: string;
  readonly port: number;
  /** For an administrative listener, if the peer has one. */
  readonly adminPort: number;
  readonly backendPort: number;
  readonly core: number | null;
}

export interface PreparedPeer {
  readonly command: Command;
  /** Answers 200 once the peer serves. */
  readonly readyUrl: string;
}

export const PEERS: readonly Peer[] = [
  { name: 'headgate', kind: 'headgate', version: headgateVersion, prepare: prepareHeadgate },
  { name: 'nginx', kind: 'native', version: nginxVersion, prepare: nginxPreparer('') },
  {
    // Another row, because a user of nginx has to know of it.
    name: 'nginx-large-buffers',
    kind: 'native',
    version: nginxVersion,
    prepare: nginxPreparer(NGINX_LARGE_BUFFERS),
  },
  { name: 'haproxy', kind: 'native', version: haproxyVersion, prepare: prepareHaproxy },
  nodePeer('fast-proxy', 'fast-proxy.ts'),
  nodePeer('@fastify/http-proxy', 'fastify-http-proxy.ts'),
  nodePeer('http-proxy-3', 'http-proxy-3.ts'),
];

function prepareHeadgate(setting: PeerSetting): PreparedPeer {
  const manifests = join(setting.directory, 'manifests');
  mkdirSync(manifests);
  const ingress = ingressManifest({ name: 'bench', host: BENCH_HOST, service: 'backend' });
  const service = serviceManifest('backend', setting.backendPort);
  writeFileSync(join(manifests, 'bench.yaml'), `${ingress}---\n${service}`);
  const { port: httpPort, adminPort, core } = setting;
  return {
    command: headgateCommand({ manifests, httpPort, adminPort, workers: 1, core }),
    readyUrl: `http://127.0.0.1:${adminPort}/readyz`,
  };
}

function nginxPreparer(buffers: string): Peer['prepare'] {
  return ({ directory, port, backendPort, core }) => {
    const file = join(directory, 'nginx.conf');
    const server = nginxProxyServer(buffers);
    writeFileSync(file, nginxFile(directory, port, server, nginxUpstream(backendPort)));
    const args = ['-c', file, '-p', directory, '-e', 'stderr'];
    return { command: { program: 'nginx', args, core }, readyUrl: `http://127.0.0.1:${port}/` };
  };
}

function prepareHaproxy({ directory, port, backendPort, core }: PeerSetting): PreparedPeer {
  const file = join(directory, 'haproxy.cfg');
  writeFileSync(file, haproxyFile(port, backendPort));
  const command = { program: 'haproxy', args: ['-db', '-f', file], core };
  return { command, readyUrl: `http://127.0.0.1:${port}/` };
}

/** A Node proxy: a package of that name, started by a script in `peers/`. */
function nodePeer(name: string, script: string): Peer {
  return {
    name,
    kind: 'node',
    version: () => packageVersion(name),
    prepare: ({ port, backendPort, core }) => ({
      command: {
        program: process.execPath,
        args: [join(import.meta.dirname, 'peers', script), String(port), String(backendPort)],
        core,
      },
      readyUrl: `http://127.0.0.1:${port}/`,
    }),
  };
}

function packageVersion(name: string): string | null {
  const folder = join(import.meta.dirname, '..', '..', 'node_modules', name);
  try {
    const file = readFileSync(join(folder, 'package.json'), 'utf8');
    return (JSON.parse(file) as { version: string }).version;
  } catch {
    return null;
  }
}

// The proxies that are compared behind TLS: one certificate for all, ECDSA with P-256, and the same
// suite, group and session tickets. A peer's port is the one for TLS.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KeyPair, makeCertificate } from '../../test/support/make-certificate.ts';
import { headgateCommand, headgateVersion } from './headgate.ts';
import { ingressManifest, NAMESPACE, secretManifest, serviceManifest } from './manifests.ts';
import {
  nginxFile,
  nginxProxyServer,
  nginxTlsListener,
  nginxUpstream,
  nginxVersion,
} from './nginx.ts';
import { BENCH_HOST, type Peer, type PeerSetting, type PreparedPeer } from './peers.ts';

const SECRET = 'certificate';
/** More than all streams of the questions about HTTP/2, so that nobody connects under load. */
const IDLE_CONNECTIONS = 1_024;

/** Headgate and nginx, with a certificate made for them. */
export function tlsPeers(): readonly Peer[] {
  const pair = makeCertificate({ names: [BENCH_HOST] });
  return [
    {
      ...{ name: 'headgate', kind: 'headgate', version: headgateVersion },
      prepare: (setting) => prepareHeadgate(setting, pair),
    },
    {
      ...{ name: 'nginx', kind: 'native', version: nginxVersion },
      prepare: (setting) => prepareNginx(setting, pair),
    },
  ];
}

function prepareHeadgate(setting: PeerSetting, pair: KeyPair): PreparedPeer {
  const { port, adminPort, core, backendPort } = setting;
  const manifests = join(setting.directory, 'manifests');
  mkdirSync(manifests);
  const host = { name: 'bench', host: BENCH_HOST, service: 'backend', secret: SECRET };
  const objects = [
    ingressManifest(host),
    serviceManifest('backend', backendPort),
    secretManifest(SECRET, pair),
  ];
  writeFileSync(join(manifests, 'bench.yaml'), objects.join('---\n'));
  // Some drivers name the address they connect to, and get the certificate all the same.
  const https = { port, defaultSecret: `${NAMESPACE}/${SECRET}` };
  return {
    command: headgateCommand({ manifests, httpPort: 0, adminPort, workers: 1, core, https }),
    readyUrl: `http://127.0.0.1:${adminPort}/readyz`,
  };
}

function prepareNginx(setting: PeerSetting, pair: KeyPair): PreparedPeer {
  const { directory, port, adminPort, core, backendPort } = setting;
  const file = join(directory, 'nginx.conf');
  const certificate = join(directory, 'certificate.pem');
  const key = join(directory, 'key.pem');
  writeFileSync(certificate, pair.certificate);
  writeFileSync(key, pair.key);
  const server = `${nginxTlsListener({ port, certificate, key })}\n${nginxProxyServer('')}`;
  const upstream = nginxUpstream(backendPort, IDLE_CONNECTIONS);
  writeFileSync(file, nginxFile(directory, adminPort, server, upstream));
  const args = ['-c', file, '-p', directory, '-e', 'stderr'];
  return {
    command: { program: 'nginx', args, core },
    readyUrl: `http://127.0.0.1:${adminPort}/`,
  };
}

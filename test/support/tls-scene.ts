// The real program with one host behind TLS, and clients that look at what it shows them.

import { once } from 'node:events';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { KeyPair } from './make-certificate.ts';

/** A Secret of the namespace shop, as text. */
export function secretManifest(name: string, { certificate, key }: KeyPair): string {
  const encoded = (text: string): string => Buffer.from(text).toString('base64');
  return `apiVersion: v1
kind: Secret
metadata: { namespace: shop, name: ${name} }
type: kubernetes.io/tls
data: { tls.crt: ${encoded(certificate)}, tls.key: ${encoded(key)} }
`;
}

/** Appended to an Ingress: each host with the Secret of its certificate. */
export function tlsSection(secrets: Readonly<Record<string, string>>): string {
  const entries = Object.entries(secrets).map(
    ([host, secretName]) => `    - { hosts: ["${host}"], secretName: ${secretName} }\n`,
  );
  return `  tls:\n${entries.join('')}`;
}

/** A client whose handshake is done. It takes any certificate, to look at it. */
export async function connectTls(
  port: number,
  options: ConnectionOptions = {},
): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
  await once(socket, 'secureConnect');
  return socket;
}

/** The fingerprint that it shows for a name. */
export async function shownCertificate(port: number, options: ConnectionOptions): Promise<string> {
  const socket = await connectTls(port, options);
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

/** One request on a connection that stays open; resolves with the whole response. */
export async function requestOver(socket: TLSSocket, head: string): Promise<string> {
  socket.write(`${head}\r\n\r\n`, 'latin1');
  let text = '';
  for (;;) {
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    text += bytes.toString('latin1');
    const size = /\r\nContent-Length: (\d+)\r\n/i.exec(text)?.[1];
    const end = text.indexOf('\r\n\r\n') + 4;
    if (end > 3 && text.length >= end + Number(size ?? 0)) return text;
  }
}

// One TLS handshake, in the process of the bench: whose certificate is shown, and after how long.

import { once } from 'node:events';
import { connect as connectPlainly } from 'node:net';
import { connect, createSecureContext } from 'node:tls';

export interface Handshake {
  /** From the connection that stands until the handshake is done. */
  readonly elapsedMs: number;
  /** SHA-256 of the certificate. */
  readonly fingerprint: string;
}

// As most clients, a group that needs one flight; and one context, which takes long to make.
const secureContext = createSecureContext({ minVersion: 'TLSv1.3', ecdhCurve: 'X25519' });

/** Rejects if there is no handshake. */
export async function shakeHands(port: number, servername: string): Promise<Handshake> {
  const plain = connectPlainly({ port, host: '127.0.0.1', noDelay: true });
  await once(plain, 'connect');
  const beganAt = performance.now();
  const socket = connect({ socket: plain, servername, secureContext, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const elapsedMs = performance.now() - beganAt;
  const fingerprint = socket.getPeerCertificate().fingerprint256;
  socket.destroy();
  return { elapsedMs, fingerprint };
}

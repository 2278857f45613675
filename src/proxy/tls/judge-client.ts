// What is to be thought of the certificate that a client has shown, or has not, once its handshake
// is done. OpenSSL has verified what there is; what it leaves open is decided here.

import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { limits } from '#base/limits.ts';
import {
  absentIdentity,
  type ClientIdentity,
  refusedIdentity,
  verifiedIdentity,
} from '../client-identity.ts';

/** `rulesKey` is that of the rules with which the handshake was made. */
export function judgeClient(socket: TLSSocket, rulesKey: string): ClientIdentity {
  // A session of TLS 1.3 that is resumed counts as authorized even if it never had a certificate,
  // so whether there is one comes first.
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return absentIdentity(rulesKey);
  const isGood =
    socket.authorized &&
    // What was verified when the session began may have expired since.
    certificate.validToDate.getTime() > Date.now() &&
    isShort(socket.getPeerCertificate(true));
  return isGood ? verifiedIdentity(rulesKey, certificate) : refusedIdentity(rulesKey);
}

/** The chain, from the client to an authority, which names itself as its issuer. */
function isShort(certificate: DetailedPeerCertificate): boolean {
  let current = certificate;
  for (let length = 1; length <= limits.clientChainMax; length += 1) {
    const { issuerCertificate } = current;
    if (issuerCertificate === undefined || issuerCertificate === current) return true;
    current = issuerCertificate;
  }
  return false;
}

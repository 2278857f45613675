// Why no secure connection to an endpoint came about, or what became of it, told from the code of
// Node's error in a few words, for the answer, the access log and the counters. Pure.

import type { UpstreamFailure } from './upstream-failure.ts';

/** Code of the error with which a socket ends whose settings OpenSSL does not take. */
export const UNUSABLE_SETTINGS = 'UNUSABLE_SETTINGS';

/** What is said of a certificate that nobody known vouches for (X509_V_ERR_*, without prefix). */
const UNTRUSTED = /^(?:UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|INVALID_CA|INVALID_PURPOSE|PATH_)/;
/** Alerts by which a server refuses the certificate of its client, or the want of one. */
const REFUSED = /_(?:BAD_CERTIFICATE|CERTIFICATE_[A-Z]+|UNKNOWN_CA|ACCESS_DENIED|DECRYPT_ERROR)$/;
const NO_TERMS = /_(?:HANDSHAKE_FAILURE|PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL)$/;
const NOT_TLS = /_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$/;

/**
 * Null if `code` tells of something else. Requests may have been sent over a connection that is
 * ready, whatever its peer says then; all that still belongs to the handshake is that a server of
 * TLS 1.3 looks at our certificate (RFC 8446 4.4.2).
 */
export function tlsFailure(code: string | undefined, isReady: boolean): UpstreamFailure | null {
  const failure = handshakeFailure(code);
  return isReady && failure !== null && failure !== 'clientRefused' ? 'brokenTls' : failure;
}

function handshakeFailure(code: string | undefined): UpstreamFailure | null {
  if (code === undefined) return null;
  if (code === UNUSABLE_SETTINGS) return 'unusableTls';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'otherName';
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return 'expired';
  if (UNTRUSTED.test(code)) return 'untrusted';
  if (!code.startsWith('ERR_SSL_')) return null;
  if (code.endsWith('_NO_APPLICATION_PROTOCOL')) return 'notHttp2';
  if (NOT_TLS.test(code)) return 'notTls';
  if (REFUSED.test(code)) return 'clientRefused';
  return NO_TERMS.test(code) ? 'noTlsTerms' : 'handshake';
}

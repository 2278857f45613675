// What a client has shown of itself in its handshake, and how backends are told. The fields carry
// names as RFC 4514 writes them, in printable ASCII whatever the certificate holds: no byte of it
// can end a field line or begin another.

import type { X509Certificate } from 'node:crypto';
import { limits } from '#base/limits.ts';

export interface ClientIdentity {
  /** Of the client rules by which it was judged; empty for none. */
  readonly rulesKey: string;
  readonly verdict: 'absent' | 'verified' | 'refused';
  /** Field lines for requests, with their CRLFs, or nothing. */
  readonly fields: string;
}

/** Nobody asked. */
export const UNASKED: ClientIdentity = { rulesKey: '', verdict: 'absent', fields: '' };

/** Whom rules asked, and who showed nothing. */
export function absentIdentity(rulesKey: string): ClientIdentity {
  return { rulesKey, verdict: 'absent', fields: 'X-Client-Cert-Verify: NONE\r\n' };
}

/** Who showed something that is not good enough. */
export function refusedIdentity(rulesKey: string): ClientIdentity {
  return { rulesKey, verdict: 'refused', fields: '' };
}

/** Who has a certificate that is good; refused if its names are too long to be told. */
export function verifiedIdentity(rulesKey: string, certificate: X509Certificate): ClientIdentity {
  const subject = distinguishedName(certificate.subject);
  const issuer = distinguishedName(certificate.issuer);
  if (subject.length + issuer.length > limits.clientNamesBytesMax) return refusedIdentity(rulesKey);
  const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
  const fields =
    `X-Client-Cert-Verify: SUCCESS\r\nX-Client-Cert-Subject: ${subject}\r\n` +
    `X-Client-Cert-Issuer: ${issuer}\r\nX-Client-Cert-Serial: ${certificate.serialNumber}\r\n` +
    `X-Client-Cert-Fingerprint: ${fingerprint}\r\n`;
  return { rulesKey, verdict: 'verified', fields };
}

/**
 * A name as Node gives it, a line for each part from the root down, as RFC 4514 2 has it: the other
 * way round, with commas. Bytes beyond printable ASCII become `\` and two hexadecimal digits.
 */
function distinguishedName(lines: string | undefined): string {
  const parts = (lines ?? '').split('\n').filter((part) => part !== '');
  return parts.toReversed().map(escapeBytes).join(',');
}

function escapeBytes(part: string): string {
  return part.replaceAll(/[^ -~]+/gu, (text) =>
    Array.from(Buffer.from(text, 'utf8'), (byte) => `\\${hexByte(byte)}`).join(''),
  );
}

function hexByte(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}

// Keeps a self-signed certificate at hand that is good, for as long as the process lives: the same
// one until shortly before its end, then another.

import type { StandIn } from '#translate/translate-input.ts';
import { selfSignedCertificate } from './self-signed-certificate.ts';

/** Time enough for whoever watches certificates, and a suspended machine, to see the next one. */
const RENEW_BEFORE_MS = 30 * 86_400_000;

/** What a translator asks whenever it translates. */
export function selfSigning(): (nowMs: number) => StandIn {
  let inUse: StandIn | null = null;
  return (nowMs) => {
    if (inUse === null || nowMs >= inUse.renewAtMs) {
      const certificate = selfSignedCertificate(nowMs);
      inUse = { certificate, renewAtMs: certificate.notAfterMs - RENEW_BEFORE_MS };
    }
    return inUse;
  };
}

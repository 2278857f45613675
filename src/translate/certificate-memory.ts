// What is remembered of certificates from one translation to the next, and from one translator to
// the next: what Secrets hold, because reading is costly, and what names were last given rightly.

import type { Secret } from '#kubernetes/resources.ts';
import type { ReadCertificate, ServerCertificate } from './server-certificate.ts';

export interface CertificateMemory {
  /** Each version of a Secret is read once, however many hosts ask for it. */
  readonly reads: WeakMap<Secret, ReadCertificate>;
  /** By host; empty for the default certificate. Hosts that nobody asks for are not in it. */
  readonly lastGood: Map<string, LastGood>;
}

/** What a name was last given by Secrets that were right, and whose they were. */
export interface LastGood {
  readonly namespace: string;
  readonly certificates: readonly ServerCertificate[];
}

export function newCertificateMemory(): CertificateMemory {
  return { reads: new WeakMap(), lastGood: new Map() };
}

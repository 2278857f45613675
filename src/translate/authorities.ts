// Reads the authorities that a Secret holds: certificates by which others are judged.

import { X509Certificate } from 'node:crypto';
import { decodeText } from '#base/bytes.ts';
import { limits } from '#base/limits.ts';
import { quote } from '#base/quote.ts';
import type { Secret } from '#kubernetes/resources.ts';
import { mistaken, type Parsed, parsed } from './parsed.ts';
import { pemBlocks } from './pem-blocks.ts';

const AUTHORITIES = 'ca.crt';

/** PEM in one spelling. The mistake follows the name of the Secret. */
export function readAuthorities({ values }: Secret): Parsed<string> {
  const text = decodeText(values.get(AUTHORITIES) ?? new Uint8Array());
  if (text === '') return mistaken(`has no ${quote(AUTHORITIES)}`);
  if (text.length > limits.authoritiesBytesMax) {
    return mistaken(`has more than ${limits.authoritiesBytesMax} bytes in ${quote(AUTHORITIES)}`);
  }
  const blocks = pemBlocks(text);
  if (blocks.length === limits.pemBlocksMax) {
    return mistaken(`has ${limits.pemBlocksMax} certificates or more in ${quote(AUTHORITIES)}`);
  }
  const isWhole = blocks.every(
    ({ label, text: block }) => label === 'CERTIFICATE' && isX509(block),
  );
  if (blocks.length === 0 || !isWhole) {
    return mistaken(`has no certificates in PEM in ${quote(AUTHORITIES)}`);
  }
  return parsed(blocks.map((block) => block.text).join(''));
}

function isX509(pem: string): boolean {
  try {
    return new X509Certificate(pem).fingerprint256 !== '';
  } catch {
    return false;
  }
}

// Finds the PEM blocks of a text (RFC 7468) and gives each its one spelling. It does not know what
// a block holds, and lets go whatever stands between blocks.

import { limits } from '#base/limits.ts';

export interface PemBlock {
  /** Such as `CERTIFICATE` or `EC PRIVATE KEY`. */
  readonly label: string;
  /** The block in lines of 64 characters, with its two boundaries. */
  readonly text: string;
  /** What it holds; null if that is not base64. */
  readonly bytes: Buffer | null;
}

const BEGIN = '-----BEGIN ';
const BOUNDARY_END = '-----';
const LINE_CHARS = 64;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** In their order. A block without an end is none, and none follows it. */
export function pemBlocks(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  for (let from = 0; blocks.length < limits.pemBlocksMax; ) {
    const begin = text.indexOf(BEGIN, from);
    const labelStart = begin + BEGIN.length;
    const labelEnd = begin < 0 ? -1 : text.indexOf(BOUNDARY_END, labelStart);
    if (labelEnd < 0) break;
    const label = text.slice(labelStart, labelEnd);
    const bodyStart = labelEnd + BOUNDARY_END.length;
    const endLine = `-----END ${label}-----`;
    const end = text.indexOf(endLine, bodyStart);
    if (end < 0) break;
    const code = text.slice(bodyStart, end).replaceAll(/\s/g, '');
    const isCode = code.length % 4 === 0 && BASE64.test(code);
    const bytes = isCode ? Buffer.from(code, 'base64') : null;
    blocks.push({ label, text: spell(label, code), bytes });
    from = end + endLine.length;
  }
  return blocks;
}

function spell(label: string, code: string): string {
  const lines = [`${BEGIN}${label}-----`];
  for (let at = 0; at < code.length; at += LINE_CHARS) lines.push(code.slice(at, at + LINE_CHARS));
  return `${lines.join('\n')}\n-----END ${label}-----\n`;
}

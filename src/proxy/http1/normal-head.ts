// A request head whose path is in normal form: the path that is matched, the path that is forwarded
// and the path that the backend understands are one and the same (RFC 3986 6.2.2).

import { assert } from '#base/assert.ts';
import { isUnusualPath, normalizePath } from '#base/normalize-path.ts';
import type { RequestHead } from './request-head.ts';

/** Where a head stands: its bytes, the same as latin1, and where it begins and ends in them. */
export interface HeadSource {
  readonly bytes: Buffer;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Whether the path that `head` was read with may have to be written anew. */
export function hasUnusualPath(head: RequestHead, text: string): boolean {
  return isUnusualPath(text.slice(head.pathStart, head.pathEnd));
}

/**
 * The head with its path in normal form, which `head` has then been read from; the source as it was
 * if it is normal already; null if its percent-encoding is invalid.
 */
export function normalHead(head: RequestHead, source: HeadSource): HeadSource | null {
  const { text, start, end } = source;
  const path = text.slice(head.pathStart, head.pathEnd);
  const normal = normalizePath(path);
  if (normal === null || normal === path) return normal === null ? null : source;
  const written = text.slice(start, head.pathStart) + normal + text.slice(head.pathEnd, end);
  const bytes = Buffer.from(written, 'latin1');
  const refusal = head.read(bytes, written, 0, written.length);
  assert(refusal === null, 'a head differs from its normal form in the path alone');
  return { bytes, text: written, start: 0, end: written.length };
}

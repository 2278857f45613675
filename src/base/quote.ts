// Quotes text of a user in a message: by JSON rules, and cut where it is long.

import { limits } from './limits.ts';

export function quote(text: string): string {
  const isLong = text.length > limits.quotedCharsMax;
  return JSON.stringify(isLong ? `${text.slice(0, limits.quotedCharsMax)}...` : text);
}

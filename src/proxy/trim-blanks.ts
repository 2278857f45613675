// The space around a field value. Knows no fields.

/**
 * What of `text` lies in [start, end) without the spaces and tabs around it (RFC 9110 5.5), and
 * those alone: 0xA0, which JavaScript takes for a space, may end a character of UTF-8.
 */
export function trimBlanks(text: string, start: number, end: number): string {
  let from = start;
  let to = end;
  while (from < to && isBlank(text, from)) from += 1;
  while (to > from && isBlank(text, to - 1)) to -= 1;
  return text.slice(from, to);
}

function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 0x20 || code === 0x09;
}

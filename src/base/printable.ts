// Makes text that strangers control fit for a terminal or a log line. It knows nothing of where
// the text comes from or where it goes.

// Control characters could move the cursor, recolour or rewrite what was printed before; format
// characters (such as the bidirectional overrides) and the two separators could disguise it.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** The text with each control, format and unpaired surrogate character as a JSON escape. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escapeCharacter);
}

function escapeCharacter(character: string): string {
  const quoted = JSON.stringify(character).slice(1, -1);
  if (quoted !== character) return quoted;
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }).join('');
}

// Which bytes may stand where in an HTTP/1.1 head (RFC 9110 5.6.2, 5.5; RFC 9112 3.2), as tables of
// 256 flags. Knows nothing of fields or messages.

function tableOf(allowed: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (allowed(byte) ? 1 : 0));
}

const TOKEN_MARKS = "!#$%&'*+-.^_`|~";
const HOST_MARKS = '-._~';

function isAlphanumeric(byte: number): boolean {
  return /[0-9A-Za-z]/.test(String.fromCharCode(byte));
}

/** `tchar`: methods and field names. */
export const TOKEN = tableOf(
  (byte) => isAlphanumeric(byte) || TOKEN_MARKS.includes(String.fromCharCode(byte)),
);

/** `field-vchar`, space and tab: no control byte, no CR, no LF, no NUL; obs-text is let through. */
export const FIELD_VALUE = tableOf((byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f));

/** Visible ASCII without `#`: a request target never carries a fragment. */
export const TARGET = tableOf((byte) => byte >= 0x21 && byte <= 0x7e && byte !== 0x23);

/** A registered name or IPv4 address in Host. Percent-encoding is not taken in host names. */
export const HOST = tableOf(
  (byte) => isAlphanumeric(byte) || HOST_MARKS.includes(String.fromCharCode(byte)),
);

/** The inside of an IPv6 literal, between brackets. */
export const IP_LITERAL = tableOf((byte) => /[0-9A-Fa-f:.]/.test(String.fromCharCode(byte)));

/** What a client may call its own request: visible, harmless in logs and shells. */
export const REQUEST_ID = tableOf(
  (byte) => isAlphanumeric(byte) || '-._~+/=:'.includes(String.fromCharCode(byte)),
);

/** Names are compared lower-case, with `_` as `-`: some backends cannot tell the two apart. */
export const FOLD = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x41 && byte <= 0x5a) return byte + 32;
  return byte === 0x5f ? 0x2d : byte;
});

export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const ASTERISK = 0x2a;
export const DOT = 0x2e;
export const SLASH = 0x2f;
export const COLON = 0x3a;
export const QUESTION = 0x3f;
export const UNDERSCORE = 0x5f;

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

// Prefaces of the PROXY protocol as raw text, latin1, well-formed or not.

/** The longest line of version 1, 107 bytes. */
const GROUPS = new Array(8).fill('ffff').join(':');
export const LONGEST_LINE = `PROXY UNKNOWN ${GROUPS} ${GROUPS} 65535 65535\r\n`;

/** From 192.0.2.1, port 4096, to 10.0.0.9, port 443. */
export const TCP4_BLOCK = '\xc0\x00\x02\x01\x0a\x00\x00\x09\x10\x00\x01\xbb';
/** From 2001:db8::1, port 4096, to ::1, port 443. */
export const TCP6_BLOCK = `\x20\x01\x0d\xb8${'\0'.repeat(11)}\x01${'\0'.repeat(15)}\x01\x10\x00\x01\xbb`;

/** Version 2: by default a connection over TCP4 of which the addresses are missing. */
export function prefaceBinary({
  signature = '\r\n\r\n\0\r\nQUIT\n',
  command = 0x21,
  family = 0x11,
  block = '',
}): string {
  const header = [command, family, block.length >> 8, block.length & 0xff];
  return `${signature}${String.fromCharCode(...header)}${block}`;
}

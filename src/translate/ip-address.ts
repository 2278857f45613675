// Decides which texts are IP addresses, and gives each its one spelling.

const DECIMAL_OCTET = /^(0|[1-9][0-9]{0,2})$/;
const IPV6_CHARACTERS = /^[0-9a-fA-F:.]+$/;
/** The longest text form of an IPv6 address: six groups and a dotted quad. */
const IPV6_LENGTH_MAX = 45;

/** Four decimal numbers without leading zeros, as the Kubernetes API takes them; else null. */
export function ipv4Address(text: string): string | null {
  const octets = text.split('.');
  const isAddress =
    octets.length === 4 &&
    octets.every((octet) => DECIMAL_OCTET.test(octet) && Number(octet) <= 255);
  return isAddress ? text : null;
}

/** The form of RFC 5952 (lower case, zeros compressed), without brackets or zone; else null. */
export function ipv6Address(text: string): string | null {
  if (text.length > IPV6_LENGTH_MAX || !text.includes(':') || !IPV6_CHARACTERS.test(text)) {
    return null;
  }
  return URL.parse(`http://[${text}]`)?.hostname.slice(1, -1) ?? null;
}

// What a forwarded message says about us in Via (RFC 9110 7.6.3). Off unless the operator names
// Headgate: some servers stop compressing for a request that has come through a proxy.

/** The field line to append to a message, by the version in which it was received; or nothing. */
export interface ViaFields {
  readonly http10: string;
  readonly http11: string;
}

export const NO_VIA: ViaFields = { http10: '', http11: '' };

/** `name` is a token: what stands in for our host name; null for no Via. */
export function viaFields(name: string | null): ViaFields {
  if (name === null) return NO_VIA;
  return { http10: `Via: 1.0 ${name}\r\n`, http11: `Via: 1.1 ${name}\r\n` };
}

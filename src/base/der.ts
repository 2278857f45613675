// Writes DER, the encoding of certificates (ITU-T X.690), and PEM around it (RFC 7468): Node reads
// X.509 and does not write it. Knows no certificate.

export const Tag = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectId: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Tag, length, contents of up to 65,535 bytes. */
export function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const contents = Buffer.concat(parts);
  const { length } = contents;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), contents]);
  const size = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), contents]);
}

/** `digits` are the hexadecimal digits of its contents. */
export function objectId(digits: string): Buffer {
  return der(Tag.objectId, Buffer.from(digits, 'hex'));
}

/** A string of whole bytes. */
export function bitString(bytes: Buffer): Buffer {
  return der(Tag.bitString, Buffer.from([0]), bytes);
}

export function certificatePem(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

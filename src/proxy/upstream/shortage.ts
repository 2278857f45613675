// Whether a connection failed because this machine has nothing left to connect with: that says
// nothing about the endpoint.

const SHORTAGES: ReadonlySet<string | undefined> = new Set([
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'EADDRNOTAVAIL',
]);

/** `code` is Node's. */
export function isShortage(code: string | undefined): boolean {
  return SHORTAGES.has(code);
}

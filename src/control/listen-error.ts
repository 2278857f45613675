// A port that could not be opened, told in one line that an operator can act on.

import type { ListenAddress } from '#protocol/messages.ts';

export class ListenError extends Error {
  readonly address: ListenAddress;
  /** Node's, such as EADDRINUSE. */
  readonly code: string;

  constructor(address: ListenAddress, code: string) {
    super(describe(address, code));
    this.name = 'ListenError';
    this.address = address;
    this.code = code;
  }
}

function describe({ host, port }: ListenAddress, code: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} on ${host} is in use`;
    case 'EACCES':
      return `port ${port} on ${host} needs the capability CAP_NET_BIND_SERVICE`;
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
      return `address ${host} does not exist on this machine`;
    default:
      return `port ${port} on ${host} cannot be opened: ${code}`;
  }
}

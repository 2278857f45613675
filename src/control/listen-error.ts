// A port, or a socket, that could not be opened, told in one line that an operator can act on.

import type { ListenAddress } from '#protocol/messages.ts';

export class ListenError extends Error {
  /** Node's, such as EADDRINUSE. */
  readonly code: string;

  /** A string is the path of a Unix socket. */
  constructor(address: ListenAddress | string, code: string) {
    super(typeof address === 'string' ? describeSocket(address, code) : describe(address, code));
    this.name = 'ListenError';
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

function describeSocket(path: string, code: string): string {
  return `socket ${JSON.stringify(path)} cannot be opened: ${code}`;
}

// The lookup of a server's name for node:net, so that several API servers behind one name all get
// their chance: after a failure the next connection begins at another address.

import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** `turn` counts failures: connection attempts begin at the address of that number. */
export function rotatingLookup(turn: () => number): LookupFunction {
  return (hostname, options, callback) => {
    const all: LookupAllOptions = { ...options, all: true } as LookupAllOptions;
    lookup(hostname, all, (error, addresses) => {
      const [first, ...rest] = error === null ? rotate(addresses, turn()) : [];
      if (first === undefined) callback(error, '', 0);
      else if (options.all === true) callback(null, [first, ...rest]);
      else callback(null, first.address, first.family);
    });
  };
}

/** The same addresses, beginning at number `turn`, counted round and round. */
export function rotate(
  addresses: readonly LookupAddress[],
  turn: number,
): readonly LookupAddress[] {
  const start = addresses.length === 0 ? 0 : turn % addresses.length;
  return [...addresses.slice(start), ...addresses.slice(0, start)];
}

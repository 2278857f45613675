// The intermediate representation of TLS: which certificates answer for which server name. It is
// kept apart from the routes, because a renewed certificate touches none of them. It holds private
// keys, which nobody prints.

import { EMPTY_LIST, type SortedList } from '#base/sorted-list.ts';

export interface TlsPlan {
  /** By host. */
  readonly serverNames: SortedList<ServerName>;
  /** By name: those of the server names and the fallback, and no others. */
  readonly certificates: SortedList<Certificate>;
  /** Answers a client that names no server, or one not in the list. Null: there is no TLS. */
  readonly fallback: Certificate | null;
  /** What the keys of session tickets are derived from, in hexadecimal digits; null for nothing. */
  readonly ticketSecret: string | null;
}

export interface ServerName {
  /** As of a virtual host: `shop.example` or `*.example`. */
  readonly host: string;
  /** Names of certificates: one at least, each for another algorithm of keys. */
  readonly certificates: readonly string[];
}

/** A chain and its private key. */
export interface Certificate {
  /** The content key of chain and key, as 32 hexadecimal digits. */
  readonly name: string;
  /** PEM in one spelling, the leaf first. */
  readonly chain: string;
  /** PEM, and secret. */
  readonly key: string;
  /** Such as `ec` or `rsa`. */
  readonly algorithm: string;
  /** Milliseconds since 1970. */
  readonly notAfterMs: number;
}

/** What is there before anything is, and where TLS is off. */
export const NO_TLS: TlsPlan = {
  serverNames: EMPTY_LIST,
  certificates: EMPTY_LIST,
  fallback: null,
  ticketSecret: null,
};

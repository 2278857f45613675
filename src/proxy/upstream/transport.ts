// How the endpoints of one upstream are connected to: the protocol spoken, and TLS around it. One
// object serves all pools that agree in it. Knows no requests and no endpoints.

import { connect, type OnReadOpts, Socket } from 'node:net';
import {
  connect as connectTls,
  createSecureContext,
  DEFAULT_CIPHERS,
  type SecureContext,
} from 'node:tls';
import type { DecodedTls, DecodedTransport } from '#snapshot/decode.ts';
import { UNUSABLE_SETTINGS } from './tls-failure.ts';

/**
 * Whatever Node offers, but for Diffie-Hellman over numbers that the server chooses: with 8,192
 * bits one handshake holds up the worker for 240 ms.
 */
const CIPHERS = `${DEFAULT_CIPHERS}:!kDHE`;

export interface SocketParts {
  readonly address: string;
  readonly port: number;
  /** A session of an earlier connection to the endpoint; null for none. */
  readonly tlsSession: Buffer | null;
  /** Where bytes are read to; without it they come as events. */
  readonly onread?: OnReadOpts;
}

export class Transport {
  /** See `transportKey`. */
  readonly key: string;
  readonly isHttp2: boolean;
  readonly isSecure: boolean;
  readonly #tls: DecodedTls | null;
  /** Made for the first connection; null if OpenSSL refuses what it would be made of. */
  #context: SecureContext | null | undefined = undefined;

  constructor(transport: DecodedTransport, key: string) {
    this.key = key;
    this.isHttp2 = transport.protocol === 'h2';
    this.isSecure = transport.tls !== null;
    this.#tls = transport.tls;
  }

  /** The event of a socket after which requests may be sent over it. */
  get readyEvent(): 'connect' | 'secureConnect' {
    return this.isSecure ? 'secureConnect' : 'connect';
  }

  /** A socket that is connecting. Whatever goes wrong comes as its events. */
  open({ address, port, tlsSession, onread }: SocketParts): Socket {
    const reading = onread === undefined ? {} : { onread };
    const base = { host: address, port, noDelay: true, allowHalfOpen: !this.isHttp2, ...reading };
    if (this.#tls === null) return connect(base);
    const secureContext = this.#secureContext(this.#tls);
    if (secureContext === null) return new Socket().destroy(unusableSettings());
    const { serverName, verifies } = this.#tls;
    return connectTls({
      ...base,
      secureContext,
      rejectUnauthorized: verifies,
      servername: serverName ?? '',
      ALPNProtocols: [this.isHttp2 ? 'h2' : 'http/1.1'],
      ...(tlsSession === null ? {} : { session: tlsSession }),
    });
  }

  /** Translate has looked at certificates and keys, but OpenSSL may still be stricter. */
  #secureContext({ authorities, identity }: DecodedTls): SecureContext | null {
    if (this.#context !== undefined) return this.#context;
    try {
      this.#context = createSecureContext({
        minVersion: 'TLSv1.2',
        ciphers: CIPHERS,
        ...(authorities === null ? {} : { ca: authorities }),
        ...(identity === null ? {} : { cert: identity.chain, key: identity.key }),
      });
    } catch {
      this.#context = null;
    }
    return this.#context;
  }
}

function unusableSettings(): Error {
  return Object.assign(new Error('OpenSSL takes no such settings'), { code: UNUSABLE_SETTINGS });
}

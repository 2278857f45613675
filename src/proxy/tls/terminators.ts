// TLS of one worker: a terminator for the clients that nobody asks who they are, and one for each
// set of rules by which others are judged. They have nothing in common but certificates and ticket
// keys, so that no session of one is taken by another: what rules have found of a client holds
// under them alone.

import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { limits } from '#base/limits.ts';
import { absentIdentity, type ClientIdentity, UNASKED } from '../client-identity.ts';
import type { ClientRules } from '../phases/admit.ts';
import { judgeClient } from './judge-client.ts';
import { Terminator, type TerminatorOptions } from './terminator.ts';

export type TerminatorsOptions = Omit<TerminatorOptions, 'rules'>;

/** Takes over a connection whose handshake has succeeded. */
export type Secured = (socket: TLSSocket, identity: ClientIdentity) => void;

export class Terminators {
  readonly #options: TerminatorsOptions;
  readonly #plain: Terminator;
  /** By the key of the rules; those not needed for longest come first. */
  readonly #judging = new Map<string, Terminator>();

  constructor(options: TerminatorsOptions) {
    this.#options = options;
    this.#plain = this.#terminator(null);
  }

  /** As of a terminator. */
  refresh(nowMs: number): void {
    this.#plain.refresh(nowMs);
    for (const terminator of this.#judging.values()) terminator.refresh(nowMs);
  }

  /** As of a terminator; `rules` are those of the host that the client has named. */
  secure(
    socket: Socket,
    { serverName, rules }: { readonly serverName: string; readonly rules: ClientRules | null },
    secured: Secured,
  ): void {
    if (rules === null) {
      this.#plain.secure(socket, serverName, (tls) => secured(tls, UNASKED));
    } else if (rules.authorities === '') {
      // Nobody could vouch for an answer, so nobody is asked.
      this.#plain.secure(socket, serverName, (tls) => secured(tls, absentIdentity(rules.key)));
    } else {
      const judge = (tls: TLSSocket): void => secured(tls, judgeClient(tls, rules.key));
      this.#judgingBy(rules).secure(socket, serverName, judge);
    }
  }

  #judgingBy(rules: ClientRules): Terminator {
    const { key } = rules;
    const terminator = this.#judging.get(key) ?? this.#terminator(rules);
    this.#judging.delete(key);
    this.#judging.set(key, terminator);
    if (this.#judging.size > limits.clientRulesServersMax) {
      const [oldest = ''] = this.#judging.keys();
      this.#judging.delete(oldest);
    }
    return terminator;
  }

  #terminator(rules: ClientRules | null): Terminator {
    const terminator = new Terminator({ ...this.#options, rules });
    if (rules !== null) terminator.refresh(Date.now());
    return terminator;
  }
}

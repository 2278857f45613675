// In which order handshakes begin, how many there are, and who goes when there are too many. A
// signature takes longer than many requests, so a few begin in each turn of the event loop, and the
// connections that are open have their turn between; and clients take turns, so that one with a
// thousand handshakes waits for itself. It knows no sockets.
//
//   arrive ─▶ silent ──enter──▶ waiting ──turn──▶ begun ──▶ leave
//             too many: the     too many: the one     │
//             oldest goes       begun longest goes    │ the client's turn
//
// What waits for its client gives way, since a flood is full of clients that never say more; what
// waits for us does not.

import { limits } from '#base/limits.ts';
import { type Guest, Lobby } from './lobby.ts';

export interface Handshake extends Guest {
  /** It is its turn. */
  begin(): void;
  /** It has to go, and has left. */
  giveUp(): void;
}

export class HandshakeQueue {
  readonly #defer: (turn: () => void) => void;
  /** Those whose first message is not complete. */
  readonly #silent = new Lobby<Handshake>();
  /** Those whose turn it is not yet, by client; the client whose turn is next comes first. */
  readonly #waiting = new Map<string, Set<Handshake>>();
  /** Those that wait for the rest of what their clients have to say. */
  readonly #begun = new Lobby<Handshake>();
  #waitingCount = 0;
  #isDeferred = false;

  /** `defer` calls back in the next turn of the event loop. */
  constructor(defer: (turn: () => void) => void) {
    this.#defer = defer;
  }

  /** A client has connected, and may or may not have something to say. */
  arrive(handshake: Handshake): void {
    const { countedClient: client } = handshake;
    const { handshakesMax, handshakesPerClientMax } = limits;
    this.#silent.enter(handshake);
    const isOfMany = client !== '' && this.#silent.sizeOf(client) > handshakesPerClientMax;
    if (isOfMany) this.#dismiss(this.#silent.oldestOf(client));
    else if (this.#silent.size > handshakesMax) this.#dismiss(this.#silent.oldest);
  }

  /** It has said its first message, and will be told when to begin, unless it has to give up. */
  enter(handshake: Handshake): void {
    this.#silent.leave(handshake);
    if (!this.#makeRoom(handshake.countedClient)) {
      handshake.giveUp();
      return;
    }
    const { countedClient: client } = handshake;
    this.#waitingCount += 1;
    const others = this.#waiting.get(client);
    if (others === undefined) this.#waiting.set(client, new Set([handshake]));
    else others.add(handshake);
    this.#deferTurn();
  }

  /** It has come to an end, good or bad; nothing happens if it had left. */
  leave(handshake: Handshake): void {
    this.#silent.leave(handshake);
    this.#begun.leave(handshake);
    const waiting = this.#waiting.get(handshake.countedClient);
    if (waiting?.delete(handshake)) this.#waitingCount -= 1;
    if (waiting?.size === 0) this.#waiting.delete(handshake.countedClient);
  }

  /** For one more of a client. False: all that there are wait for us. */
  #makeRoom(client: string): boolean {
    const { handshakesMax, handshakesPerClientMax } = limits;
    const count = (this.#waiting.get(client)?.size ?? 0) + this.#begun.sizeOf(client);
    if (client !== '' && count >= handshakesPerClientMax) {
      return this.#dismiss(this.#begun.oldestOf(client));
    }
    if (this.#waitingCount + this.#begun.size < handshakesMax) return true;
    return this.#dismiss(this.#begun.oldest);
  }

  #dismiss(handshake: Handshake | undefined): boolean {
    if (handshake === undefined) return false;
    this.leave(handshake);
    handshake.giveUp();
    return true;
  }

  #turn(): void {
    this.#isDeferred = false;
    for (let begun = 0; begun < limits.handshakesPerTurn; begun += 1) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      const [client, handshakes] = next;
      const [handshake] = handshakes as Iterable<Handshake>;
      if (handshake === undefined) return;
      this.leave(handshake);
      // The client comes again behind the others.
      this.#waiting.delete(client);
      if (handshakes.size > 0) this.#waiting.set(client, handshakes);
      this.#begun.enter(handshake);
      handshake.begin();
    }
    if (this.#waiting.size > 0) this.#deferTurn();
  }

  #deferTurn(): void {
    if (this.#isDeferred) return;
    this.#isDeferred = true;
    this.#defer(() => this.#turn());
  }
}

// In which order handshakes begin, and how many. A signature takes longer than many requests, so a
// few begin in each turn of the event loop, and the connections that are open have their turn
// between; and clients take turns, so that one with a thousand handshakes waits for itself. It
// knows no sockets.

import { limits } from '#base/limits.ts';

export interface Handshake {
  /** Whom it counts for; empty for a trusted proxy, which stands for many. */
  readonly countedClient: string;
  /** It is its turn. */
  begin(): void;
}

export class HandshakeQueue {
  readonly #defer: (turn: () => void) => void;
  /** Those that wait for their turn, by client; the client whose turn is next comes first. */
  readonly #waiting = new Map<string, Set<Handshake>>();
  /** All from `enter` to `leave`, by client. */
  readonly #counts = new Map<string, number>();
  #count = 0;
  #isDeferred = false;

  /** `defer` calls back in the next turn of the event loop. */
  constructor(defer: (turn: () => void) => void) {
    this.#defer = defer;
  }

  /** Counts one more, until `leave`. False: there are too many, of this client or of all. */
  enter({ countedClient: client }: Handshake): boolean {
    const count = this.#counts.get(client) ?? 0;
    if (this.#count >= limits.handshakesMax) return false;
    if (client !== '' && count >= limits.handshakesPerClientMax) return false;
    this.#counts.set(client, count + 1);
    this.#count += 1;
    return true;
  }

  /** It wants to begin, and will be told when. */
  wait(handshake: Handshake): void {
    const { countedClient: client } = handshake;
    const others = this.#waiting.get(client);
    if (others === undefined) this.#waiting.set(client, new Set([handshake]));
    else others.add(handshake);
    this.#deferTurn();
  }

  /** It has come to an end, good or bad. */
  leave(handshake: Handshake): void {
    const { countedClient: client } = handshake;
    const count = (this.#counts.get(client) ?? 0) - 1;
    if (count > 0) this.#counts.set(client, count);
    else this.#counts.delete(client);
    this.#count -= 1;
    this.#remove(handshake);
  }

  #turn(): void {
    this.#isDeferred = false;
    for (let begun = 0; begun < limits.handshakesPerTurn; begun += 1) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      const [client, handshakes] = next;
      const [handshake] = handshakes;
      this.#waiting.delete(client);
      handshakes.delete(handshake as Handshake);
      if (handshakes.size > 0) this.#waiting.set(client, handshakes);
      handshake?.begin();
    }
    if (this.#waiting.size > 0) this.#deferTurn();
  }

  #deferTurn(): void {
    if (this.#isDeferred) return;
    this.#isDeferred = true;
    this.#defer(() => this.#turn());
  }

  #remove(handshake: Handshake): void {
    const waiting = this.#waiting.get(handshake.countedClient);
    waiting?.delete(handshake);
    if (waiting?.size === 0) this.#waiting.delete(handshake.countedClient);
  }
}

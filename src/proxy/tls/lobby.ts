// Connections that wait for something from their clients, in the order in which they came: how many
// there are, of all clients and of each, and who has waited longest. It knows no sockets and no
// limits.

/** One that waits. */
export interface Guest {
  /** Whom it counts for; empty for a trusted proxy, which stands for many. */
  readonly countedClient: string;
}

export class Lobby<G extends Guest> {
  /** The one that has waited longest comes first, here and of each client. */
  readonly #guests = new Set<G>();
  readonly #ofClients = new Map<string, Set<G>>();

  get size(): number {
    return this.#guests.size;
  }

  sizeOf(client: string): number {
    return this.#ofClients.get(client)?.size ?? 0;
  }

  /** Undefined if there is none. */
  get oldest(): G | undefined {
    const [oldest] = this.#guests;
    return oldest;
  }

  oldestOf(client: string): G | undefined {
    const [oldest] = this.#ofClients.get(client) ?? [];
    return oldest;
  }

  enter(guest: G): void {
    const { countedClient: client } = guest;
    this.#guests.add(guest);
    const others = this.#ofClients.get(client);
    if (others === undefined) this.#ofClients.set(client, new Set([guest]));
    else others.add(guest);
  }

  /** Nothing happens if it is not there. */
  leave(guest: G): void {
    const { countedClient: client } = guest;
    this.#guests.delete(guest);
    const others = this.#ofClients.get(client);
    others?.delete(guest);
    if (others?.size === 0) this.#ofClients.delete(client);
  }
}

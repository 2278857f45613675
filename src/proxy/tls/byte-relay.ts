// Two connected sockets of which each is sent what the other brings, byte by byte: a slow side
// pauses the other, an end is passed on and leaves the other direction open, and what breaks one
// breaks the other. It does not know what the bytes are.

import type { Socket } from 'node:net';
import { limits } from '#base/limits.ts';
import { Deadline, type TimerWheel } from '../timer-wheel.ts';

export class ByteRelay {
  readonly #sides: readonly [Socket, Socket];
  readonly #deadline: Deadline;

  /** Begins to read both. Whoever owns the sockets listens for their errors. */
  constructor(wheel: TimerWheel, sides: readonly [Socket, Socket]) {
    this.#sides = sides;
    this.#deadline = new Deadline(wheel, () => this.#breakOff());
    const [one, other] = sides;
    this.#relay(one, other);
    this.#relay(other, one);
    this.#touch();
  }

  /** As if the first side had ended: the other hears so, and what it still sends goes on. */
  endFirst(): void {
    const [one, other] = this.#sides;
    other.end();
    // Its own end is still to be read, behind what nobody takes any more.
    one.resume();
  }

  #relay(from: Socket, to: Socket): void {
    from.setKeepAlive(true, limits.tunnelProbeMs);
    from.on('data', (bytes: Buffer) => {
      // Its end was given out already, see `endFirst`.
      if (to.writableEnded) return;
      if (!to.write(bytes)) from.pause();
      this.#touch();
    });
    to.on('drain', () => {
      from.resume();
      this.#touch();
    });
    from.on('end', () => to.end());
    from.on('close', () => this.#closed(from, to));
    from.resume();
  }

  /** Nobody has to say anything, but whoever is sent something has to take it. */
  #touch(): void {
    const isStuck = this.#sides.some((side) => side.writableNeedDrain);
    this.#deadline.set(isStuck ? limits.sendTimeoutMs : limits.tunnelIdleTimeoutMs);
  }

  /** A side that closes before it has ended was cut off: the other must not take it for an end. */
  #closed(side: Socket, other: Socket): void {
    const hasEnded = side.readableEnded && side.writableFinished;
    if (!hasEnded && !other.destroyed) other.resetAndDestroy();
    if (other.destroyed) this.#deadline.drop();
  }

  #breakOff(): void {
    for (const side of this.#sides) side.resetAndDestroy();
  }
}

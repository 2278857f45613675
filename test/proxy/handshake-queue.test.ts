import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { type Handshake, HandshakeQueue } from '#proxy/tls/handshake-queue.ts';

/** A queue whose turns of the event loop the test makes itself. */
class Scene {
  readonly begun: string[] = [];
  #turns: (() => void)[] = [];
  readonly queue = new HandshakeQueue((turn) => this.#turns.push(turn));

  /** `name` begins with the letter of its client. */
  handshake(name: string): Handshake {
    return { countedClient: name[0] ?? '', begin: () => this.begun.push(name) };
  }

  wait(...names: readonly string[]): readonly Handshake[] {
    return names.map((name) => {
      const handshake = this.handshake(name);
      expect(this.queue.enter(handshake)).toBe(true);
      this.queue.wait(handshake);
      return handshake;
    });
  }

  /** What has begun in one turn of the event loop. */
  turn(): readonly string[] {
    const before = this.begun.length;
    const turns = this.#turns;
    this.#turns = [];
    for (const turn of turns) turn();
    return this.begun.slice(before);
  }
}

describe('handshakes', () => {
  it('begin a few in each turn, so that requests have their turn between', () => {
    const scene = new Scene();
    const names = Array.from(
      { length: 2 * limits.handshakesPerTurn + 1 },
      (_, index) => `a${index}`,
    );
    scene.wait(...names);
    expect(scene.begun).toEqual([]);
    expect(scene.turn()).toEqual(names.slice(0, limits.handshakesPerTurn));
    expect(scene.turn()).toHaveLength(limits.handshakesPerTurn);
    expect(scene.turn()).toHaveLength(1);
    expect(scene.turn()).toEqual([]);
  });

  it('of clients take turns, so that a flood waits for itself', () => {
    const scene = new Scene();
    scene.wait('a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'b1', 'c1', 'c2');
    expect(scene.turn()).toEqual(['a1', 'b1', 'c1', 'a2']);
    expect(scene.turn()).toEqual(['c2', 'a3', 'a4', 'a5']);
  });

  it('that have left do not begin', () => {
    const scene = new Scene();
    const [, second] = scene.wait('a1', 'a2', 'a3');
    scene.queue.leave(second as Handshake);
    expect(scene.turn()).toEqual(['a1', 'a3']);
  });

  it('of one client are so many at the most, until one has left', () => {
    const scene = new Scene();
    const { queue } = scene;
    const one = scene.handshake('a');
    for (let count = 0; count < limits.handshakesPerClientMax; count += 1) queue.enter(one);
    expect(queue.enter(one)).toBe(false);
    expect(queue.enter(scene.handshake('b'))).toBe(true);
    queue.leave(one);
    expect(queue.enter(one)).toBe(true);
  });

  it('are so many at the most, trusted proxies counted together with all others', () => {
    const queue = new HandshakeQueue(() => {});
    const trusted = { countedClient: '', begin: () => {} };
    for (let count = 0; count < limits.handshakesMax; count += 1) {
      expect(queue.enter(trusted)).toBe(true);
    }
    expect(queue.enter({ countedClient: 'a', begin: () => {} })).toBe(false);
  });
});

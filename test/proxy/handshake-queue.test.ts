import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { type Handshake, HandshakeQueue } from '#proxy/tls/handshake-queue.ts';

/** A queue whose turns of the event loop the test makes itself. */
class Scene {
  readonly begun: string[] = [];
  readonly gone: string[] = [];
  #turns: (() => void)[] = [];
  readonly queue = new HandshakeQueue((turn) => this.#turns.push(turn));

  /** `name` begins with the letter of its client. */
  handshake(name: string): Handshake {
    return {
      countedClient: name[0] ?? '',
      begin: () => this.begun.push(name),
      giveUp: () => this.gone.push(name),
    };
  }

  /** They connect and say nothing. */
  arrive(...names: readonly string[]): readonly Handshake[] {
    const handshakes = names.map((name) => this.handshake(name));
    for (const handshake of handshakes) this.queue.arrive(handshake);
    return handshakes;
  }

  /** They connect and ask. */
  wait(...names: readonly string[]): readonly Handshake[] {
    return names.map((name) => {
      const [handshake] = this.arrive(name) as [Handshake];
      this.queue.enter(handshake);
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

  it('of one client are so many: of those that have begun the first goes for one more', () => {
    const scene = new Scene();
    const names = namesOf('a', limits.handshakesPerClientMax);
    scene.wait(...names, 'b');
    scene.turn();
    expect(scene.begun).toEqual(['a0', 'b', 'a1', 'a2']);
    scene.wait('a+');
    expect(scene.gone).toEqual(['a0']);
    scene.wait('b+');
    expect(scene.gone).toEqual(['a0']);
  });

  it('are so many in all, trusted proxies counted together with all others', () => {
    const scene = new Scene();
    scene.wait(...trusted(limits.handshakesMax));
    scene.turn();
    scene.wait('a');
    expect(scene.gone).toEqual(['']);
  });

  it('are turned away where all that there are wait for us', () => {
    const scene = new Scene();
    scene.wait(...namesOf('a', limits.handshakesPerClientMax), 'a+', 'b');
    expect(scene.gone).toEqual(['a+']);
    expect(scene.turn()).toContain('b');
  });

  it('make room when they leave', () => {
    const scene = new Scene();
    const [first] = scene.wait(...namesOf('a', limits.handshakesPerClientMax));
    scene.queue.leave(first as Handshake);
    scene.queue.leave(first as Handshake);
    scene.wait('a+');
    expect(scene.gone).toEqual([]);
    scene.wait('a++');
    expect(scene.gone).toEqual(['a++']);
  });
});

describe('silent clients', () => {
  it('keep out nobody who asks', () => {
    const scene = new Scene();
    for (const client of 'abcdefgh') {
      scene.arrive(...namesOf(client, limits.handshakesPerClientMax));
    }
    scene.gone.length = 0;
    scene.wait('z', 'a+');
    expect(scene.turn()).toEqual(['z', 'a+']);
    expect(scene.gone).toEqual(['e0']);
  });

  it('of one client are so many: its own first one goes for one more', () => {
    const scene = new Scene();
    scene.arrive('b', ...namesOf('a', limits.handshakesPerClientMax), 'a+', 'b+');
    expect(scene.gone).toEqual(['a0']);
  });

  it('are so many in all: the first of all goes for one more', () => {
    const scene = new Scene();
    const [first] = scene.arrive('b', ...trusted(limits.handshakesMax - 1), 'c');
    expect(scene.gone).toEqual(['b']);
    scene.queue.leave(first as Handshake);
    scene.arrive('d');
    expect(scene.gone).toEqual(['b', '']);
  });
});

/** Names of handshakes that count for no client. */
function trusted(count: number): readonly string[] {
  return Array.from({ length: count }, () => '');
}

function namesOf(client: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${client}${index}`);
}

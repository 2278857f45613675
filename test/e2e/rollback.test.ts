// Going back to earlier routes and on again, while clients send requests all the time.

import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { generations, rollback } from '../../src/commands/generations.ts';
import { Headgate } from '../support/headgate.ts';
import { HttpBackend } from '../support/http-backend.ts';
import { sendRequest } from '../support/send-request.ts';
import { ingressManifest, serviceManifest } from '../support/shop-manifests.ts';

const WAIT = { timeout: 10_000, interval: 10 };
const HOST = 'web.example';
const CLIENTS = 4;

/** An Ingress that leads to one of two Services: v1 at first. */
class Scene implements AsyncDisposable {
  readonly headgate: Headgate;
  readonly v1: HttpBackend;
  readonly v2: HttpBackend;

  private constructor(headgate: Headgate, v1: HttpBackend, v2: HttpBackend) {
    this.headgate = headgate;
    this.v1 = v1;
    this.v2 = v2;
  }

  static async start(args: readonly string[] = ['--admin-actions']): Promise<Scene> {
    const [v1, v2] = [await HttpBackend.start('v1'), await HttpBackend.start('v2')];
    const manifests = {
      'v1.yaml': serviceManifest({ name: 'v1', ports: [v1.port] }),
      'v2.yaml': serviceManifest({ name: 'v2', ports: [v2.port] }),
      'ingress.yaml': ingressManifest({ host: HOST, service: 'v1' }),
    };
    return new Scene(await Headgate.start({ manifests, args }), v1, v2);
  }

  get place() {
    return { adminBind: '127.0.0.1', adminPort: this.headgate.adminPort, adminSocket: null };
  }

  async answer(): Promise<string> {
    const { status, body } = await sendRequest({ port: this.headgate.httpPort, host: HOST });
    return `${status} ${body.trim()}`;
  }

  async route(service: string): Promise<void> {
    await this.headgate.write('ingress.yaml', ingressManifest({ host: HOST, service }));
    await vi.waitFor(async () => expect(await this.answer()).toBe(`200 ${service}`), WAIT);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.headgate[Symbol.asyncDispose]();
    await this.v1[Symbol.asyncDispose]();
    await this.v2[Symbol.asyncDispose]();
  }
}

/** Clients that ask all the time. */
class Load {
  readonly #scene: Scene;
  readonly #clients: Promise<void>[];
  readonly wrong: string[] = [];
  #expected: string | null = null;
  #isOver = false;
  rightCount = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#clients = Array.from({ length: CLIENTS }, () => this.#ask());
  }

  /** What each request from here on is answered; null for whatever it is. */
  expect(answer: string | null): void {
    this.#expected = answer;
  }

  async sendMore(count: number): Promise<void> {
    const enough = this.rightCount + count;
    while (this.rightCount < enough && this.wrong.length === 0) await setImmediate();
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
  }

  async #ask(): Promise<void> {
    while (!this.#isOver) {
      const asked = this.#expected;
      const answer = await this.#scene.answer();
      // What was under way when the expectation changed may be answered by either routes.
      const expected = asked === this.#expected ? asked : null;
      if (expected === null ? answer.startsWith('200 ') : answer === expected) this.rightCount += 1;
      else this.wrong.push(answer);
    }
  }
}

describe('headgate rollback', () => {
  it('puts the routes before in force at once, under load, and on again', async () => {
    await using scene = await Scene.start();
    const load = new Load(scene);
    await scene.route('v2');
    const { exitCode, text } = await rollback(scene.place, 'before');
    load.expect('200 v1');
    expect([exitCode, text]).toEqual([
      0,
      'the routes of generation 1 are in force, as generation 3\n',
    ]);
    await load.sendMore(200);
    load.expect(null);
    const resumed = await rollback(scene.place, 'resume');
    load.expect('200 v2');
    expect(resumed.text).toBe('the routes follow the objects again\n');
    await load.sendMore(200);
    await load.end();
    expect(load.wrong).toEqual([]);
  });

  it('follows the pods of the routes that it went back to', async () => {
    await using scene = await Scene.start();
    await using successor = await HttpBackend.start('v1b');
    await scene.route('v2');
    expect(await rollback(scene.place, 1)).toMatchObject({ exitCode: 0 });
    const pods = serviceManifest({ name: 'v1', ports: [successor.port] });
    await scene.headgate.write('v1.yaml', pods);
    await vi.waitFor(async () => expect(await scene.answer()).toBe('200 v1b'), WAIT);
    const metrics = await (await scene.headgate.admin('/metrics')).text();
    expect(metrics).toContain('headgate_pinned_generation 1\n');
    expect(metrics).toContain('headgate_problems{reason="RoutesPinned"} 1\n');
    expect((await scene.headgate.admin('/readyz')).status).toBe(200);
  });

  it('answers 503 for a Service that is gone, and serves its pods when it is back', async () => {
    await using scene = await Scene.start();
    await scene.route('v2');
    await scene.headgate.write('v1.yaml', serviceManifest({ name: 'another', ports: [] }));
    expect(await rollback(scene.place, 1)).toMatchObject({ exitCode: 0 });
    await vi.waitFor(async () => expect(await scene.answer()).toMatch(/^503 /), WAIT);
    const pods = serviceManifest({ name: 'v1', ports: [scene.v1.port] });
    await scene.headgate.write('v1.yaml', pods);
    await vi.waitFor(async () => expect(await scene.answer()).toBe('200 v1'), WAIT);
  });

  it('that another one comes right after says that it was not the last word', async () => {
    await using scene = await Scene.start();
    await scene.route('v2');
    const [first, second] = await Promise.all([rollback(scene.place, 1), rollback(scene.place, 2)]);
    const pinned = (await (await scene.headgate.admin('/debug/generations')).json()) as {
      readonly pinned: number;
    };
    const [loser, winner] = pinned.pinned === 2 ? [first, second] : [second, first];
    expect(winner).toMatchObject({ exitCode: 0 });
    // Or it was done before the other one was asked.
    expect([loser.text, loser.remark].join('')).toMatch(
      /^headgate: another rollback or resume came after\n$|are in force, as generation 3\n$/,
    );
  });

  it('is listed, with what changed and why', async () => {
    await using scene = await Scene.start();
    await scene.route('v2');
    await rollback(scene.place, 'before');
    const { text } = await generations(scene.place);
    const lines = text.split('\n').map((line) => line.split(/ {2,}/));
    expect(lines.map(([number, , state]) => [number, state])).toEqual([
      ['GENERATION', 'STATE'],
      ['3', 'pinned, back to 1'],
      ['2', 'kept'],
      ['1', 'kept'],
      ['3 published last, 0 for pods since, routes of 1 until a resume', undefined],
      ['', undefined],
    ]);
    expect(lines[2]?.[3]).toBe('+0 ~1 -0 web.example');
    expect(lines[2]?.at(-1)).toContain('Ingress shop/v2');
  });

  it.each([
    [7, /generation "7" is not kept; those that are: 1$/m],
    ['before', /there is no generation before the one in force$/m],
    ['resume', /no generation is pinned$/m],
  ] as const)('to %j says that there is none', async (target, remark) => {
    await using scene = await Scene.start();
    const report = await rollback(scene.place, target);
    expect(report.exitCode).toBe(1);
    expect(report.remark).toMatch(remark);
  });

  it('is refused unless the process allows it', async () => {
    await using scene = await Scene.start([]);
    await scene.route('v2');
    const { exitCode, remark } = await rollback(scene.place, 'before');
    expect([exitCode, remark]).toEqual([
      1,
      'headgate: actions are off; the option --admin-actions allows them\n',
    ]);
    expect(await scene.answer()).toBe('200 v2');
  });
});

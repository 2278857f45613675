// Routes that one worker tries first: clients ask all the time, and the kernel spreads them.

import { describe, expect, it, vi } from 'vitest';
import { generations, rollback } from '../../src/commands/generations.ts';
import { GatewayScene, ingressObject, serviceObject } from '../support/gateway-scene.ts';
import { Headgate } from '../support/headgate.ts';
import { HttpBackend } from '../support/http-backend.ts';
import { Inspected } from '../support/inspected.ts';
import { sendRequest } from '../support/send-request.ts';
import { ingressManifest, serviceManifest } from '../support/shop-manifests.ts';

const WAIT = { timeout: 20_000, interval: 10 };
const HOST = 'web.example';

class Scene implements AsyncDisposable {
  readonly headgate: Headgate;
  readonly #backends: readonly HttpBackend[];

  private constructor(headgate: Headgate, backends: readonly HttpBackend[]) {
    this.headgate = headgate;
    this.#backends = backends;
  }

  /** Ingress web leads to Service good; Services other and bad are there, and bad has no pods. */
  static async start(canarySeconds: number, isInspected = false): Promise<Scene> {
    const [good, other] = [await HttpBackend.start('good'), await HttpBackend.start('other')];
    const manifests = {
      'good.yaml': serviceManifest({ name: 'good', ports: [good.port] }),
      'other.yaml': serviceManifest({ name: 'other', ports: [other.port] }),
      'bad.yaml': serviceManifest({ name: 'bad', ports: [] }),
      'web.yaml': webManifest(HOST, 'good'),
    };
    const args = ['--canary-seconds', String(canarySeconds), '--admin-actions'];
    return new Scene(await Headgate.start({ manifests, args, isInspected }), [good, other]);
  }

  /** The different answers of both workers. */
  async answers(host = HOST): Promise<readonly string[]> {
    const answers = await Promise.all(Array.from({ length: 50 }, () => this.ask(host)));
    return [...new Set(answers)].sort();
  }

  async problems(): Promise<readonly { readonly reason: string }[]> {
    return (await (await this.headgate.admin('/debug/problems')).json()) as [];
  }

  async ask(host = HOST): Promise<string> {
    const { status, body } = await sendRequest({ port: this.headgate.httpPort, host });
    return status === 200 ? body.trim() : String(status);
  }

  /** Asks until the page of generations says so. */
  async askUntil(pattern: RegExp): Promise<readonly string[]> {
    const answers: string[] = [];
    await vi.waitFor(async () => {
      answers.push(await this.ask());
      const page = await this.headgate.admin('/debug/generations');
      expect(await page.text()).toMatch(pattern);
    }, WAIT);
    return answers;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.headgate[Symbol.asyncDispose]();
    for (const backend of this.#backends) await backend[Symbol.asyncDispose]();
  }
}

function webManifest(host: string, service: string, name = 'web'): string {
  return ingressManifest({ host, service }).replace(`{ name: ${service},`, `{ name: ${name},`);
}

describe('a generation that one worker tries', () => {
  it('goes to all workers when it is good', async () => {
    await using scene = await Scene.start(2);
    await scene.headgate.write('web.yaml', webManifest(HOST, 'other'));
    await scene.askUntil(/"canary": [0-9]/);
    const during = await scene.askUntil(/"canary": null/);
    expect(new Set(during)).toEqual(new Set(['good', 'other']));
    const after = await Promise.all(Array.from({ length: 50 }, () => scene.ask()));
    expect(new Set(after)).toEqual(new Set(['other']));
  });

  it('has the pods of the moment, as the routes of the others have', async () => {
    await using scene = await Scene.start(600);
    await using successor = await HttpBackend.start('successor');
    await scene.headgate.write('web.yaml', webManifest(HOST, 'other'));
    await scene.askUntil(/"canary": [0-9]/);
    for (const service of ['good', 'other']) {
      const pods = serviceManifest({ name: service, ports: [successor.port] });
      await scene.headgate.write(`${service}.yaml`, pods);
    }
    await vi.waitFor(async () => {
      const answers = await Promise.all(Array.from({ length: 30 }, () => scene.ask()));
      expect(new Set(answers)).toEqual(new Set(['successor']));
    }, WAIT);
    const page = await (await scene.headgate.admin('/debug/generations')).text();
    expect(page).toMatch(/"canary": [0-9]/);
  });

  it('is withdrawn when it is bad, and holds up no other change', async () => {
    await using scene = await Scene.start(600);
    await scene.headgate.write('web.yaml', webManifest(HOST, 'bad'));
    await scene.askUntil(/"state": "withdrawn"/);
    const problems = await (await scene.headgate.admin('/debug/problems')).json();
    expect(problems).toMatchObject([
      { object: { kind: 'Ingress', namespace: 'shop', name: 'web' }, reason: 'ConfigWithdrawn' },
    ]);
    const after = await Promise.all(Array.from({ length: 50 }, () => scene.ask()));
    expect(new Set(after)).toEqual(new Set(['good']));
    await scene.headgate.write('more.yaml', webManifest('more.example', 'other', 'more'));
    await scene.askUntil(/"canary": [0-9]/);
    const tried = await Promise.all(Array.from({ length: 50 }, () => scene.ask('more.example')));
    expect(new Set(tried)).toEqual(new Set(['other', '404']));
    expect(new Set(await Promise.all(Array.from({ length: 50 }, () => scene.ask())))).toEqual(
      new Set(['good']),
    );
  });

  it('is withdrawn to what was good, however often the object has been bad since', async () => {
    await using scene = await Scene.start(600);
    for (const bad of ['bad', 'worse']) {
      await scene.headgate.write('web.yaml', webManifest(HOST, bad));
      await scene.askUntil(/"canary": [0-9]/);
      await scene.askUntil(/"canary": null/);
      expect(await scene.answers()).toEqual(['good']);
      expect(await scene.problems()).toContainEqual(
        expect.objectContaining({ reason: 'ConfigWithdrawn' }),
      );
    }
  });

  it('holds nothing back of an object that was mended meanwhile', async () => {
    await using scene = await Scene.start(600);
    await scene.headgate.write('web.yaml', webManifest(HOST, 'bad'));
    await vi.waitFor(async () => {
      const page = await scene.headgate.admin('/debug/generations');
      expect(await page.text()).toMatch(/"canary": [0-9]/);
    }, WAIT);
    await scene.headgate.write('web.yaml', webManifest(HOST, 'other'));
    await scene.askUntil(/"state": "withdrawn"/);
    await vi.waitFor(async () => expect(await scene.answers()).toEqual(['good', 'other']), WAIT);
    expect(await scene.problems()).toEqual([]);
  });

  it('is what a rollback undoes: all have again what the others serve', async () => {
    await using scene = await Scene.start(600);
    await scene.headgate.write('web.yaml', webManifest(HOST, 'other'));
    await scene.askUntil(/"canary": [0-9]/);
    const { adminPort } = scene.headgate;
    const place = { adminBind: '127.0.0.1', adminPort, adminSocket: null };
    const { text } = await rollback(place, 'before');
    expect(text).toMatch(/^the routes of generation 1 are in force, as generation [0-9]+\n$/);
    expect(await scene.answers()).toEqual(['good']);
    const table = (await generations(place)).text;
    const tried = /^([0-9]+) .* withdrawn /m.exec(table)?.[1];
    expect((await rollback(place, Number(tried))).remark).toMatch(
      / is not kept; those that are: 1, /,
    );
    expect((await rollback(place, 'resume')).exitCode).toBe(0);
    expect(await scene.answers()).toEqual(['other']);
    expect((await generations(place)).text.split('\n')[1]).toContain('Ingress shop/web');
  });

  it('is withdrawn when its worker dies', async () => {
    await using scene = await Scene.start(600, true);
    using inspected = await Inspected.attach(scene.headgate);
    await scene.headgate.write('web.yaml', webManifest(HOST, 'other'));
    await scene.askUntil(/"canary": [0-9]/);
    inspected.inThread('proxy-0', `setImmediate(() => { throw new Error('told to') })`);
    const line = await scene.headgate.logged('generation withdrawn');
    expect(line).toMatchObject({ level: 'warn', deaths: 1 });
    expect(await scene.answers()).toEqual(['good']);
    expect(await scene.problems()).toMatchObject([{ reason: 'ConfigWithdrawn' }]);
  });

  it('is told of on the Ingress in the cluster that caused it, and in the metrics', async () => {
    await using scene = await GatewayScene.start();
    await scene.service('good');
    await scene.write(serviceObject('empty'));
    const leadTo = (service: string) => {
      const rule = { host: HOST, path: '/', pathType: 'Prefix', service } as const;
      return scene.write(ingressObject('web', { rules: [rule] }));
    };
    await leadTo('good');
    const headgate = await scene.gateway({ args: ['--canary-seconds', '600'] });
    const metrics = async () => (await headgate.admin('/metrics')).text();
    expect(await metrics()).toContain('headgate_canary_generation 0\n');
    await leadTo('empty');
    await vi.waitFor(
      async () => expect(await metrics()).toMatch(/headgate_canary_generation [1-9]/),
      WAIT,
    );
    const event = await vi.waitFor(async () => {
      await scene.send({ host: HOST });
      const events = scene.server
        .list('Event')
        .filter(({ reason }) => reason === 'ConfigWithdrawn');
      expect(events).toHaveLength(1);
      return events[0];
    }, WAIT);
    expect(event).toMatchObject({
      type: 'Warning',
      involvedObject: { kind: 'Ingress', namespace: 'shop', name: 'web' },
      message: expect.stringContaining('what was before stays'),
    });
    expect((await scene.send({ host: HOST })).status).toBe(200);
    const page = await metrics();
    expect(page).toContain('headgate_canary_generation 0\n');
    expect(page).toContain('headgate_generations_withdrawn_total 1\n');
  });
});

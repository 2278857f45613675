// A pod in another network namespace, at the other end of a cable that can be cut. What is sent
// through a cut cable is lost, and nobody is told.
//
//   this namespace: `near` 10.99.0.1 ── veth ── `far` 10.99.0.2: the pod's namespace

import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const NEAR = '10.99.0.1/24';
const ADDRESS = '10.99.0.2';
const FAR = `${ADDRESS}/24`;
const ENTRY = fileURLToPath(new URL('far-pod.ts', import.meta.url));
/** Waits until the cable has been laid. */
const SCRIPT = `echo; read go; ip addr add ${FAR} dev far; ip link set far up; exec "$@"`;
const run = promisify(execFile);

export class FarNetwork implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;
  readonly address = ADDRESS;
  port = 0;

  private constructor(service: string, name: string) {
    const pod = [process.execPath, ENTRY, service, name, ADDRESS];
    this.#child = spawn('unshare', ['-n', 'sh', '-c', SCRIPT, 'sh', ...pod], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#lines = createInterface({ input: this.#child.stdout });
  }

  /** With the pod of this service and name, which serves when this resolves. */
  static async lay(service: string, name: string): Promise<FarNetwork> {
    const network = new FarNetwork(service, name);
    const pid = `${network.#child.pid}`;
    await once(network.#lines, 'line');
    await run('ip', ['link', 'add', 'near', 'type', 'veth', 'peer', 'name', 'far', 'netns', pid]);
    await run('ip', ['addr', 'add', NEAR, 'dev', 'near']);
    await run('ip', ['link', 'set', 'near', 'up']);
    network.#child.stdin.write('go\n');
    const [port] = await once(network.#lines, 'line');
    network.port = Number(port);
    return network;
  }

  async cut(): Promise<void> {
    await this.#atFarEnd('del');
  }

  async mend(): Promise<void> {
    await this.#atFarEnd('add');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#child, 'close');
    this.#child.stdin.end();
    await closed;
  }

  /** Who has lost its address hears nothing, and its connections remain. */
  async #atFarEnd(verb: 'add' | 'del'): Promise<void> {
    const inside = ['-t', `${this.#child.pid}`, '-n'];
    await run('nsenter', [...inside, 'ip', 'addr', verb, FAR, 'dev', 'far']);
  }
}

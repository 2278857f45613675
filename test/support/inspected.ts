// The threads of a process that runs with --inspect: evaluates JavaScript in them, so that a test
// can make the real program hang, throw or fill its heap without a word about it in the program.

import { once } from 'node:events';
import type { Headgate } from './headgate.ts';

interface Incoming {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

const LISTENING = /^Debugger listening on (ws:\S+)$/;

/** The Chrome DevTools Protocol, with Node's own domain NodeWorker for the threads. */
export class Inspected implements Disposable {
  readonly #socket: WebSocket;
  /** Sessions of the threads, by name, the latest thread of each name. */
  readonly #sessions = new Map<string, string>();
  readonly #starts = new Map<string, number>();
  readonly #answers = new Map<number, () => void>();
  #nextId = 1;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(String(data))));
  }

  static async attach(headgate: Headgate): Promise<Inspected> {
    const [url] = headgate.log.flatMap(({ msg }) => LISTENING.exec(msg)?.[1] ?? []);
    const socket = new WebSocket(url ?? 'ws://no.inspector.invalid');
    await once(socket, 'open');
    const inspected = new Inspected(socket);
    await inspected.#call('NodeWorker.enable', { waitForDebuggerOnStart: false });
    return inspected;
  }

  /** Begins to evaluate in the main thread, and does not wait for an end that may never come. */
  inMain(expression: string): void {
    this.#send('Runtime.evaluate', { expression, includeCommandLineAPI: true });
  }

  /** Likewise in the thread of this name, such as `proxy-0`; `require` is there. */
  inThread(name: string, expression: string): void {
    const sessionId = this.#sessions.get(name);
    if (sessionId === undefined) {
      throw new Error(`no thread ${name} in ${JSON.stringify([...this.#sessions.keys()])}`);
    }
    const params = { expression, includeCommandLineAPI: true };
    const message = JSON.stringify({ id: 1, method: 'Runtime.evaluate', params });
    this.#send('NodeWorker.sendMessageToWorker', { sessionId, message });
  }

  /** How many threads of this name there have been, the one that runs included. */
  startsOf(name: string): number {
    return this.#starts.get(name) ?? 0;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #send(method: string, params: Readonly<Record<string, unknown>>): number {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return id;
  }

  #call(method: string, params: Readonly<Record<string, unknown>>): Promise<void> {
    return new Promise((resolve) => this.#answers.set(this.#send(method, params), resolve));
  }

  #receive({ id, method, params }: Incoming): void {
    if (id !== undefined) this.#answers.get(id)?.();
    if (method !== 'NodeWorker.attachedToWorker') return;
    const { sessionId, workerInfo } = params as {
      readonly sessionId: string;
      readonly workerInfo: { readonly title: string };
    };
    const name = workerInfo.title.replace(/^\[worker \d+\] /, '');
    this.#sessions.set(name, sessionId);
    this.#starts.set(name, this.startsOf(name) + 1);
  }
}

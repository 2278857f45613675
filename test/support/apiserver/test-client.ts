// A plain client of the test API server, for its own tests: one request, or one watch read line by
// line. It leaves statuses, objects and failures to the test.

import { setTimeout as delay } from 'node:timers/promises';
import { type Fields, fieldsOf } from './api-object.ts';
import type { ApiServer } from './api-server.ts';

export interface Reply {
  readonly code: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads fields of what it knows the shape of
  readonly body: any;
  readonly headers: Headers;
}

export interface RequestOptions {
  readonly body?: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const MERGE_PATCH = 'application/merge-patch+json';
export const INGRESSES = '/apis/networking.k8s.io/v1/namespaces/default/ingresses';

const WAIT_MS = 10_000;

export async function ask(
  server: ApiServer,
  method: string,
  path: string,
  { body, contentType = 'application/json', headers = {} }: RequestOptions = {},
): Promise<Reply> {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { 'content-type': contentType, ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(WAIT_MS),
  });
  return { code: response.status, body: await response.json(), headers: response.headers };
}

/** A valid Ingress for the host `<name>.example.com`. */
export function ingress(name: string, metadata: Fields = {}) {
  const backend = { service: { name: 'web', port: { number: 80 } } };
  const http = { paths: [{ path: '/', pathType: 'Prefix', backend }] };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: 'default', ...metadata },
    spec: { rules: [{ host: `${name}.example.com`, http }] },
  };
}

export class Watch implements Disposable {
  readonly #abort = new AbortController();
  readonly #lines: string[] = [];
  readonly #reader: Promise<'ended' | 'cut'>;
  #wake = Promise.withResolvers<void>();
  #isOver = false;

  private constructor(response: Response) {
    this.#reader = this.#read(response);
  }

  /** Resolves once the server has answered that the watch is open. */
  static async open(server: ApiServer, pathAndQuery: string): Promise<Watch> {
    const joint = pathAndQuery.includes('?') ? '&' : '?';
    const watch = new AbortController();
    const url = `${server.url}${pathAndQuery}${joint}watch=true`;
    const response = await fetch(url, { signal: watch.signal });
    if (response.status !== 200) throw new Error(`the watch got ${response.status}`);
    const opened = new Watch(response);
    opened.#abort.signal.addEventListener('abort', () => watch.abort());
    return opened;
  }

  /** The next line as it came. */
  async line(): Promise<string> {
    const deadline = delay(WAIT_MS, 'late' as const, { ref: false });
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) return line;
      const woken = this.#isOver ? 'late' : await Promise.race([this.#wake.promise, deadline]);
      if (woken === 'late') throw new Error('the watch has no further line');
    }
  }

  /** `ADDED web`, for each of the next events. */
  async events(count: number): Promise<readonly string[]> {
    const events: string[] = [];
    while (events.length < count) {
      const { type, object } = await this.event();
      events.push(`${type} ${fieldsOf(object.metadata).name ?? object.code ?? ''}`.trim());
    }
    return events;
  }

  async event(): Promise<{ readonly type: string; readonly object: Fields }> {
    return JSON.parse(await this.line());
  }

  /** How it ended, and what came that nobody has read. */
  async end(): Promise<{ readonly how: 'ended' | 'cut'; readonly rest: readonly string[] }> {
    return { how: await this.#reader, rest: this.#lines };
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
  }

  async #read(response: Response): Promise<'ended' | 'cut'> {
    let text = '';
    try {
      for await (const piece of response.body as ReadableStream<Uint8Array>) {
        text += Buffer.from(piece).toString();
        const lines = text.split('\n');
        text = lines.pop() ?? '';
        this.#lines.push(...lines);
        this.#tell();
      }
      return 'ended';
    } catch {
      if (text !== '') this.#lines.push(text);
      return 'cut';
    } finally {
      this.#isOver = true;
      this.#tell();
    }
  }

  #tell(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}

// The API client against servers that answer by hand: what it sends, what it makes of answers, and
// what it does about connections and credentials that have gone bad.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ApiClient } from '#kubernetes/api-client.ts';
import { ApiConfigError } from '#kubernetes/api-credentials.ts';
import { ApiError } from '#kubernetes/api-error.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that gives the answers in turn, the last one for good, and the client of it. */
class Scene implements AsyncDisposable {
  readonly requests: { method: string; url: string; headers: IncomingMessage['headers'] }[] = [];
  readonly bodies: string[] = [];
  readonly #server: Server;
  readonly #directory: string;
  #client: ApiClient | null = null;

  private constructor(answers: readonly Answer[], directory: string) {
    const left = [...answers];
    this.#directory = directory;
    this.#server = createServer(async (request, response) => {
      const { method = '', url = '', headers } = request;
      this.requests.push({ method, url, headers });
      const answer = left.length > 1 ? left.shift() : left[0];
      let body = '';
      for await (const chunk of request) body += chunk;
      this.bodies.push(body);
      answer?.(request, response);
    });
  }

  static async of(...answers: Answer[]): Promise<Scene> {
    const scene = new Scene(answers, await mkdtemp(join(tmpdir(), 'headgate-')));
    await new Promise<void>((resolve) => scene.#server.listen(0, '127.0.0.1', resolve));
    return scene;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async writeKubeconfig(user: object, server = this.url): Promise<string> {
    const file = join(this.#directory, 'kubeconfig');
    const config = {
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      clusters: [{ name: 'test', cluster: { server } }],
      users: [{ name: 'test', user }],
    };
    await writeFile(file, JSON.stringify(config));
    return file;
  }

  async client(user: object = {}, server = this.url): Promise<ApiClient> {
    const kubeconfig = await this.writeKubeconfig(user, server);
    this.#client = await ApiClient.connect({ kubeconfig });
    return this.#client;
  }

  async writeFile(name: string, text: string): Promise<string> {
    const file = join(this.#directory, name);
    await writeFile(file, text, { mode: 0o755 });
    return file;
  }

  /** The Authorization headers, in the order of the requests. */
  get authorizations(): (string | undefined)[] {
    return this.requests.map(({ headers }) => headers.authorization);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client?.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#directory, { recursive: true });
  }
}

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, headers).end(JSON.stringify(body));
  };
const OK = json(200, { kind: 'List' });
const UNAUTHORIZED = json(401, { reason: 'Unauthorized', message: 'who are you' });
const SERVICES = { method: 'GET', path: '/api/v1/services' } as const;

async function failureOf(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error('expected an ApiError', { cause: error });
  return error;
}

async function linesOf(client: ApiClient, silenceMaxMs = 10_000) {
  const lines: string[] = [];
  let isOpen = false;
  const onOpen = (): void => {
    isOpen = true;
  };
  const onLine = (line: string): void => {
    lines.push(line);
  };
  const error = await client.stream(SERVICES, { onOpen, onLine, silenceMaxMs }).then(
    () => null,
    (reason: ApiError) => reason.reason,
  );
  return { lines, isOpen, error };
}

describe('a request', () => {
  it('carries query, headers and body, below the path of the server', async () => {
    await using scene = await Scene.of(OK);
    const client = await scene.client({ token: 'secret' }, `${scene.url}/k8s/clusters/c-1/`);
    const answer = await client.request({
      method: 'PATCH',
      path: '/api/v1/services/a',
      query: { fieldManager: 'headgate', fieldSelector: 'type=a/b' },
      body: { é: 1 },
      contentType: 'application/merge-patch+json',
    });
    expect(answer).toEqual({ kind: 'List' });
    expect(scene.bodies).toEqual(['{"é":1}']);
    expect(scene.requests).toMatchObject([
      {
        method: 'PATCH',
        url: '/k8s/clusters/c-1/api/v1/services/a?fieldManager=headgate&fieldSelector=type%3Da%2Fb',
        headers: {
          accept: 'application/json',
          authorization: 'Bearer secret',
          'content-length': '8',
          'content-type': 'application/merge-patch+json',
          'user-agent': 'headgate',
        },
      },
    ]);
  });

  it.each([
    [
      'a Status of the API server',
      json(409, { reason: 'Conflict', message: 'the object has been modified' }),
      { status: 409, reason: 'Conflict', retryAfterMs: null },
      'GET /api/v1/services: 409 "the object has been modified"',
    ],
    [
      'a server that is busy',
      json(429, { reason: 'TooManyRequests' }, { 'retry-after': '7' }),
      { status: 429, reason: 'TooManyRequests', retryAfterMs: 7_000 },
      'GET /api/v1/services: 429',
    ],
    [
      'the words of a proxy in between',
      (_: IncomingMessage, response: ServerResponse) => {
        response.writeHead(502, { 'retry-after': 'soon' }).end('bad\ngateway');
      },
      { status: 502, reason: '502', retryAfterMs: null },
      'GET /api/v1/services: 502 "bad\\ngateway"',
    ],
    [
      'an answer that is not JSON',
      (_: IncomingMessage, response: ServerResponse) => response.end('<html>'),
      { status: 0, reason: 'NotJson', retryAfterMs: null },
      'GET /api/v1/services: no answer: the answer is not JSON',
    ],
    [
      'an answer that breaks off',
      (_: IncomingMessage, response: ServerResponse) => {
        response.write('{"a":', () => response.destroy());
      },
      { status: 0, reason: 'ECONNRESET', retryAfterMs: null },
      'GET /api/v1/services: no answer: aborted',
    ],
  ] as [string, Answer, object, string][])('tells of %s', async (_, answer, fields, message) => {
    await using scene = await Scene.of(answer);
    const client = await scene.client();
    const error = await failureOf(client.request(SERVICES));
    expect(error).toMatchObject(fields);
    expect(error.message).toBe(message);
  });

  it('tells that nobody listens', async () => {
    await using scene = await Scene.of(OK);
    const client = await scene.client({}, 'http://127.0.0.1:1');
    expect(await failureOf(client.request(SERVICES))).toMatchObject({
      status: 0,
      reason: 'ECONNREFUSED',
    });
  });

  it('is given up on a signal, before or while it waits', async () => {
    const asked = Promise.withResolvers<void>();
    await using scene = await Scene.of(() => asked.resolve());
    const client = await scene.client();
    const abort = new AbortController();
    const waiting = failureOf(client.request({ ...SERVICES, signal: abort.signal }));
    await asked.promise;
    abort.abort();
    expect(await waiting).toMatchObject({ status: 0, reason: 'Aborted' });
    const late = client.request({ ...SERVICES, signal: abort.signal });
    expect(await failureOf(late)).toMatchObject({ status: 0, reason: 'Aborted' });
  });

  it('is repeated when the server closed the kept connection just then', async () => {
    await using scene = await Scene.of(OK, (request) => request.socket.destroy(), OK);
    const client = await scene.client();
    await client.request(SERVICES);
    expect(await client.request(SERVICES)).toEqual({ kind: 'List' });
    expect(scene.requests).toHaveLength(3);
  });

  it('is not repeated when it may have been done', async () => {
    await using scene = await Scene.of(OK, (request) => request.socket.destroy(), OK);
    const client = await scene.client();
    await client.request(SERVICES);
    const error = await failureOf(client.request({ method: 'POST', path: '/a', body: {} }));
    expect(error).toMatchObject({ status: 0, reason: 'ECONNRESET' });
    expect(scene.requests).toHaveLength(2);
  });
});

describe('a stream', () => {
  it('hands over whole lines, however they are cut', async () => {
    await using scene = await Scene.of((_, response) => {
      const text = Buffer.from('{"a":"é"}\n{"b":2}\n\n{"c":');
      const pieces = [...text].map((byte) => Buffer.from([byte]));
      const next = (): void => {
        const piece = pieces.shift();
        if (piece === undefined) response.end();
        else response.write(piece, next);
      };
      next();
    });
    const client = await scene.client();
    expect(await linesOf(client)).toEqual({
      lines: ['{"a":"é"}', '{"b":2}', ''],
      isOpen: true,
      error: null,
    });
  });

  it('fails when it breaks off', async () => {
    await using scene = await Scene.of((_, response) => {
      response.write('{"a":1}\n{"b":', () => response.destroy());
    });
    const client = await scene.client();
    expect(await linesOf(client)).toEqual({
      lines: ['{"a":1}'],
      isOpen: true,
      error: 'ECONNRESET',
    });
  });

  it('fails when it falls silent', async () => {
    await using scene = await Scene.of((_, response) => {
      response.write('{"a":1}\n');
    });
    const client = await scene.client();
    expect(await linesOf(client, 50)).toEqual({
      lines: ['{"a":1}'],
      isOpen: true,
      error: 'TimedOut',
    });
  });

  it('fails without having been open when the server says no', async () => {
    await using scene = await Scene.of(json(410, { reason: 'Gone' }));
    const client = await scene.client();
    expect(await linesOf(client)).toEqual({ lines: [], isOpen: false, error: 'Gone' });
  });

  it('throws what the reader of its lines throws', async () => {
    await using scene = await Scene.of((_, response) => response.end('{}\n'));
    const client = await scene.client();
    const onLine = (): void => {
      throw new RangeError('mine');
    };
    await expect(client.stream(SERVICES, { onLine, silenceMaxMs: 1_000 })).rejects.toThrow('mine');
  });
});

describe('credentials', () => {
  it('are a user name and a password', async () => {
    await using scene = await Scene.of(OK);
    const client = await scene.client({ username: 'ann', password: 'pw' });
    await client.request(SERVICES);
    expect(scene.authorizations).toEqual([`Basic ${btoa('ann:pw')}`]);
  });

  it('are read again when the server refuses them', async () => {
    await using scene = await Scene.of(OK, UNAUTHORIZED, OK);
    const tokenFile = await scene.writeFile('token', 'old\n');
    const client = await scene.client({ tokenFile });
    await client.request(SERVICES);
    await scene.writeFile('token', 'new');
    expect(await client.request(SERVICES)).toEqual({ kind: 'List' });
    expect(scene.authorizations).toEqual(['Bearer old', 'Bearer old', 'Bearer new']);
  });

  it('stay as they are when the file is gone', async () => {
    await using scene = await Scene.of(UNAUTHORIZED);
    const client = await scene.client({ token: 'old' });
    await scene.writeFile('kubeconfig', 'half a fi');
    expect(await failureOf(client.request(SERVICES))).toMatchObject({ status: 401 });
    expect(scene.authorizations).toEqual(['Bearer old', 'Bearer old']);
  });

  it('come from a plugin, which is asked again when they are refused', async () => {
    await using scene = await Scene.of(OK, OK, UNAUTHORIZED, OK);
    const count = await scene.writeFile('count', '');
    const apiVersion = 'client.authentication.k8s.io/v1';
    const command = await scene.writeFile(
      'plugin',
      `#!/bin/sh
echo x >> ${count}
version=$(echo "$KUBERNETES_EXEC_INFO" | grep -o '"apiVersion":"[^"]*"')
token=t$(wc -l < ${count})
echo "{\\"kind\\":\\"ExecCredential\\",$version,\\"status\\":{\\"token\\":\\"$token\\"}}"
`,
    );
    const client = await scene.client({ exec: { apiVersion, command, env: null } });
    for (let i = 0; i < 3; i++) await client.request(SERVICES);
    expect(scene.authorizations).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t1', 'Bearer t2']);
  });

  it('come from one plugin, which nobody waits for longer than for an answer', async () => {
    await using scene = await Scene.of(OK);
    const begun = await scene.writeFile('begun', '');
    const script = `#!/bin/sh\necho $$ >> ${begun}\nexec sleep 60\n`;
    const command = await scene.writeFile('plugin', script);
    const pids = async () => (await readFile(begun, 'utf8')).trim().split('\n').filter(Boolean);
    const client = await scene.client({ exec: { command } });
    const abort = new AbortController();
    const request = { ...SERVICES, signal: abort.signal };
    const failures = [1, 2, 3].map(() => failureOf(client.request(request)));
    await expect.poll(async () => (await pids()).length, { timeout: 10_000 }).toBe(1);
    abort.abort();
    for (const failure of await Promise.all(failures)) {
      expect(failure).toMatchObject({ status: 0, reason: 'Aborted' });
    }
    expect(await pids()).toHaveLength(1);
    process.kill(Number((await pids())[0]));
  });

  it('that cannot be had fail the request', async () => {
    await using scene = await Scene.of(OK);
    const client = await scene.client({ exec: { command: '/nonexistent/plugin' } });
    const error = await failureOf(client.request(SERVICES));
    expect(error).toMatchObject({ status: 0, reason: 'NoCredentials' });
    expect(error.message).toContain('/nonexistent/plugin');
  });
});

describe('a configuration that leads nowhere is told in one line', () => {
  const refusalOf = async (kubeconfig: string | null): Promise<string> => {
    const error = await ApiClient.connect({ kubeconfig }).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ApiConfigError);
    return (error as Error).message;
  };

  it('outside a cluster', async () => {
    expect(await refusalOf(null)).toBe(
      'not in a Kubernetes pod with a service account: ' +
        'give --manifests DIR for files, or --kubeconfig FILE for a cluster',
    );
  });

  it.each([
    ['a directory', '/', '--kubeconfig: "/" cannot be read: EISDIR'],
    ['no file', '/none', '--kubeconfig: "/none" cannot be read: ENOENT'],
  ])('%s', async (_, file, message) => {
    expect(await refusalOf(file)).toBe(message);
  });

  it.each([
    ['an empty file', '', 'cannot be read: not a kubeconfig: '],
    ['no YAML', ':\n  - [', 'cannot be read: not a kubeconfig: '],
    ['no context', 'clusters: []', 'has no current-context that leads to a cluster with a server'],
    [
      'a server that is no URL',
      '{current-context: a, contexts: [{name: a, context: {cluster: c, user: u}}],' +
        ' clusters: [{name: c, cluster: {server: ":"}}]}',
      'has no current-context that leads to a cluster with a server',
    ],
  ])('%s', async (_, text, message) => {
    await using scene = await Scene.of(OK);
    expect(await refusalOf(await scene.writeFile('kubeconfig', text))).toContain(message);
  });
});

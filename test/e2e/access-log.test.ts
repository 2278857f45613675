// The access log as its reader sees it: a line for each request, whatever became of it, and a file
// that can be rotated under the running process.

import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { limits } from '#base/limits.ts';
import { Headgate } from '../support/headgate.ts';
import { HttpBackend } from '../support/http-backend.ts';
import { manifestDirectory } from '../support/manifest-directory.ts';
import { startProxy } from '../support/proxy-fixture.ts';
import { closedPort, type RawPeer, startRawServer } from '../support/raw-peer.ts';
import { GET, HOST } from '../support/relay-scene.ts';
import { sendRequest } from '../support/send-request.ts';
import { ingressManifest, serviceManifest } from '../support/shop-manifests.ts';

const WAIT = { timeout: 10_000, interval: 10 };

interface Line {
  readonly [field: string]: unknown;
}

async function linesOf(file: string): Promise<Line[]> {
  const text = await readFile(file, 'latin1').catch(() => '');
  expect(text).toMatch(/^(?:[ -~]+\n)*$/);
  return text
    .trimEnd()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** A proxy with one scripted endpoint, one that is gone, and a log. */
async function stage() {
  const directory = await manifestDirectory({});
  const file = join(directory.path, 'access.log');
  const server = await startRawServer();
  const gone = { address: '127.0.0.1', port: await closedPort() };
  const hosts = { 'a.example': [server.endpoint], 'gone.example': [gone], 'empty.example': [] };
  const options = { accessLog: file };
  const proxy = await startProxy(hosts, options);
  const client = await proxy.connect();
  return {
    server,
    proxy,
    client,
    /** Sends a request and takes the upstream connection on which its head arrives. */
    async request(text = GET): Promise<RawPeer> {
      client.write(text);
      const upstream = await server.accept();
      await upstream.readTo('\r\n\r\n');
      return upstream;
    },
    lines: () => linesOf(file),
    /** The next line, which is the only one so far. */
    line(): Promise<Line> {
      return vi.waitFor(async () => {
        proxy.elapse(limits.timerTickMs);
        const lines = await linesOf(file);
        expect(lines).toHaveLength(1);
        return lines[0]!;
      }, WAIT);
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

const response = (size: number): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${'x'.repeat(size)}`;

describe('a request that is answered', () => {
  it('is told whole', async () => {
    await using scene = await stage();
    const fields = 'User-Agent: curl/8.0\r\nReferer: http://b.example/\r\nX-Request-ID: f00\r\n';
    const upstream = await scene.request(`GET /a?b HTTP/1.1\r\n${HOST}${fields}\r\n`);
    upstream.write(response(100_000));
    await scene.client.readMessage();
    expect(await scene.line()).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      client: '127.0.0.1',
      scheme: 'http',
      method: 'GET',
      host: 'a.example',
      target: '/a?b',
      userAgent: 'curl/8.0',
      referer: 'http://b.example/',
      status: 200,
      responseBytes: 100_000,
      durationMs: expect.any(Number),
      ingress: expect.stringContaining('/'),
      upstream: expect.stringContaining('a.example'),
      endpoint: `127.0.0.1:${scene.server.port}`,
      attempts: 1,
      requestId: 'f00',
      error: null,
    });
  });

  it('has the id that it was given, the bytes of its decoded body, and nothing of the one before', async () => {
    await using scene = await stage();
    scene.client.write(`GET /before HTTP/1.1\r\n${HOST}Referer: r\r\n\r\n${GET}`);
    const upstream = await scene.server.accept();
    await upstream.readTo('\r\n\r\n');
    upstream.write(response(3));
    const head = await upstream.readTo('\r\n\r\n');
    upstream.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n');
    await scene.client.readTo('0\r\n\r\n');
    const lines = await vi.waitFor(async () => {
      scene.proxy.elapse(limits.timerTickMs);
      const file = await scene.lines();
      expect(file).toHaveLength(2);
      return file;
    }, WAIT);
    const [, requestId] = /X-Request-ID: (\S+)/.exec(head) ?? [];
    expect(lines[1]).toMatchObject({ referer: null, target: '/', responseBytes: 5, requestId });
  });

  it.each([
    ['no route', 'unknown.example', 404, 0, 'no route for this host and path'],
    ['no endpoint', 'empty.example', 503, 0, 'the service has no ready endpoint'],
    ['no endpoint that accepts', 'gone.example', 502, 3, 'no endpoint accepts connections'],
  ])('by Headgate, for there is %s, says why', async (_name, host, status, attempts, error) => {
    await using scene = await stage();
    scene.client.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    const { body } = await scene.client.readMessage();
    const responseBytes = body.length;
    expect(await scene.line()).toMatchObject({ host, status, attempts, error, responseBytes });
  });
});

describe('a request that comes to no good end', () => {
  it.each([
    ['a malformed head', 'GET / HTTP/1.1\r\nBad Field: x\r\n\r\n', 400, 'malformed field line'],
    ['control bytes', '\x1b[31m\0\r\n\r\n', 400, 'malformed request line'],
    [
      'invalid percent-encoding',
      `GET /%zz HTTP/1.1\r\n${HOST}\r\n`,
      400,
      'malformed request target',
    ],
  ])('for %s is told with the refusal', async (_name, text, status, error) => {
    await using scene = await stage();
    scene.client.write(text);
    await scene.client.ended();
    const refused = { client: '127.0.0.1', method: null, target: null, status, error };
    expect(await scene.line()).toMatchObject(refused);
  });

  it('because its body is malformed is told with route and refusal', async () => {
    await using scene = await stage();
    await scene.request(`POST /p HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`);
    scene.client.write('zz\r\n');
    await scene.client.ended();
    expect(await scene.line()).toMatchObject({
      method: 'POST',
      target: '/p',
      status: 400,
      error: 'malformed chunked body',
      endpoint: `127.0.0.1:${scene.server.port}`,
    });
  });

  it('because the client went away has status 499', async () => {
    await using scene = await stage();
    await scene.request();
    scene.client.socket.resetAndDestroy();
    expect(await scene.line()).toMatchObject({ status: 499, error: 'the client went away' });
  });

  it('because the response broke off has its status and the reason', async () => {
    await using scene = await stage();
    const upstream = await scene.request();
    upstream.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf');
    await scene.client.readTo('half');
    upstream.socket.end();
    const error = 'the upstream closed the connection';
    expect(await scene.line()).toMatchObject({ status: 200, responseBytes: 4, error });
  });
});

it('tells of a question to the server itself without an error', async () => {
  await using on = await stage();
  on.client.write(`OPTIONS * HTTP/1.1\r\n${HOST}\r\n`);
  await on.client.readTo('\r\n\r\n');
  expect(await on.line()).toMatchObject({
    status: 200,
    responseBytes: 0,
    upstream: null,
    error: null,
  });
});

it('tells of a tunnel when it ends, with what came through it', async () => {
  await using scene = await stage();
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
  const upstream = await scene.request(`GET /ws HTTP/1.1\r\n${HOST}${upgrade}\r\n`);
  upstream.write(`HTTP/1.1 101 Switching Protocols\r\n${upgrade}\r\nhello`);
  await scene.client.readTo('hello');
  scene.proxy.elapse(limits.accessLogCheckMs);
  expect(await scene.lines()).toEqual([]);
  upstream.socket.end('!');
  await scene.client.readToEnd();
  scene.client.socket.end();
  expect(await scene.line()).toMatchObject({ target: '/ws', status: 101, responseBytes: 6 });
});

it('escapes whatever a client may send in a request that passes', async () => {
  await using scene = await stage();
  const target = '/"\\<>{}|^`?"\'';
  const hostile = 'a"b\\c\t\x80\xff \xc3\xa9 {"status":200}';
  const fields = `User-Agent: ${hostile}\r\nReferer: ${hostile}\r\n`;
  const upstream = await scene.request(`GET ${target} HTTP/1.1\r\n${HOST}${fields}\r\n`);
  upstream.write(response(0));
  await scene.client.readMessage();
  const text = 'a"b\\c\t\ufffd\ufffd é {"status":200}';
  expect(await scene.line()).toMatchObject({ userAgent: text, referer: text, status: 200 });
});

describe('the process', () => {
  it('appends the lines of all workers to a file that is rotated, and the last ones at its end', async () => {
    await using directory = await manifestDirectory({});
    const file = join(directory.path, 'access.log');
    await using backend = await HttpBackend.start('web-1');
    const manifests = {
      'service.yaml': serviceManifest({ name: 'web', ports: [backend.port] }),
      'ingress.yaml': ingressManifest({ host: 'web.example', service: 'web' }),
    };
    await using headgate = await Headgate.start({ manifests, args: ['--access-log', file] });
    const ask = (path: string) =>
      sendRequest({ port: headgate.httpPort, host: 'web.example', path });
    const asked = Array.from({ length: 50 }, (_, index) => `/before-${index}`);
    for (const path of asked) await ask(path);
    const targets = async (name: string) => (await linesOf(name)).map(({ target }) => target);
    await vi.waitFor(async () => {
      expect((await targets(file)).toSorted()).toEqual(asked.toSorted());
    }, WAIT);
    expect((await linesOf(file))[0]).toMatchObject({
      ingress: 'shop/web',
      upstream: 'shop/web:80',
    });
    await rename(file, `${file}.1`);
    await vi.waitFor(async () => {
      await ask('/after');
      expect(await targets(file)).toContain('/after');
    }, WAIT);
    await ask('/last');
    headgate.signal('SIGTERM');
    expect(await headgate.exited()).toBe(0);
    const all = [...(await targets(`${file}.1`)), ...(await targets(file))];
    expect(all.filter((target) => target === '/last')).toHaveLength(1);
  });

  it('serves on and warns when the file cannot be written', async () => {
    await using backend = await HttpBackend.start('web-1');
    const manifests = {
      'service.yaml': serviceManifest({ name: 'web', ports: [backend.port] }),
      'ingress.yaml': ingressManifest({ host: 'web.example', service: 'web' }),
    };
    const args = ['--access-log', '/dev/full'];
    await using headgate = await Headgate.start({ manifests, args });
    const answer = await sendRequest({ port: headgate.httpPort, host: 'web.example' });
    expect(answer.status).toBe(200);
    const warning = await headgate.logged('the access log cannot be written');
    expect(warning).toMatchObject({ file: '/dev/full', code: 'ENOSPC' });
    const metrics = await (await headgate.admin('/metrics')).text();
    expect(metrics).toMatch(/headgate_access_log_failures_total\{worker="\d"\} [1-9]/);
  });
});

// The clients of nghttp2, which share no code with ours: nghttp shows each frame, h2load asks much
// at a time. Where they are not installed the tests are left out, with a line that says so, but not
// in CI.

import { execFile, spawnSync } from 'node:child_process';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { limits } from '#base/limits.ts';
import { answering, ok } from '../support/http2-scene.ts';
import { plannedCertificate, tlsPlanOf } from '../support/make-certificate.ts';
import { type ProxyFixture, startProxy } from '../support/proxy-fixture.ts';
import { type RawPeer, type RawServer, startRawServer } from '../support/raw-peer.ts';

const run = promisify(execFile);

const HOST = 'localhost';
const UPLOAD = Buffer.alloc(300_000, 'headgate ');

function isInstalled(program: string): boolean {
  if (spawnSync(program, ['--version']).status === 0) return true;
  const sentence = `there is no ${program}: install Debian's nghttp2-client`;
  if (process.env.CI === 'true') throw new Error(sentence);
  process.stderr.write(`${sentence}; tests that need it are left out\n`);
  return false;
}

interface Scene extends AsyncDisposable {
  readonly proxy: ProxyFixture;
  readonly clear: string;
  readonly secure: string;
}

/** In front of an upstream of HTTP/1.1, in clear and over TLS. */
async function startScene(serve: (peer: RawPeer) => void): Promise<Scene> {
  const upstream: RawServer = await startRawServer(serve);
  const tls = tlsPlanOf({ [HOST]: plannedCertificate({ names: [HOST] }) });
  const proxy = await startProxy({ [HOST]: [upstream.endpoint] }, { h2c: true, tls });
  return {
    proxy,
    clear: `http://${HOST}:${proxy.port}/`,
    secure: `https://${HOST}:${proxy.httpsPort}/`,
    async [Symbol.asyncDispose]() {
      await upstream[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

/** Answers each request when its body has come, with how long that was. */
function measuring(peer: RawPeer): void {
  void (async () => {
    for (;;) {
      const head = await peer.readTo('\r\n\r\n');
      const size = Number(/\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1]);
      await peer.read(size);
      peer.write(ok(`${size} bytes`));
    }
  })().catch(() => {});
}

describe.runIf(isInstalled('nghttp'))('nghttp', () => {
  test.each(['clear', 'secure'] as const)('a request and its answer, %s', async (way) => {
    await using scene = await startScene(answering(ok('hello', 'X-Upper: Case')));
    const { stdout } = await run('nghttp', ['--verbose', '--no-dep', scene[way]]);
    expect(stdout).toMatch(/recv \(stream_id=\d+\) :status: 200\n/);
    expect(stdout).toMatch(/recv \(stream_id=\d+\) x-upper: Case\n/);
    expect(stdout).toMatch(/\nhello\[/);
    expect(stdout).toMatch(/recv DATA frame <length=5, flags=0x01, /);
    expect(stdout).toContain(`SETTINGS_MAX_CONCURRENT_STREAMS(0x03):${limits.http2StreamsMax}]`);
    expect(stdout).not.toMatch(/\[ERROR\]|recv RST_STREAM/);
  });

  test('a body past the window of a stream', async () => {
    await using scene = await startScene(measuring);
    await using directory = await mkdtempDisposable(join(tmpdir(), 'headgate-nghttp-'));
    const file = join(directory.path, 'upload');
    await writeFile(file, UPLOAD);
    const { stdout } = await run('nghttp', [`--data=${file}`, scene.secure]);
    expect(stdout).toBe(`${UPLOAD.length} bytes`);
  });

  test('trailers', async () => {
    const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
    await using scene = await startScene(answering(`${chunked}2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n`));
    const { stdout } = await run('nghttp', ['--verbose', '--header=te: trailers', scene.clear]);
    expect(stdout).toMatch(/recv \(stream_id=\d+\) x-sum: 1\n/);
  });
});

describe.runIf(isInstalled('h2load'))('h2load', () => {
  const REQUESTS = 2_000;
  const load = [`--requests=${REQUESTS}`, '--clients=4', '--max-concurrent-streams=100'];

  test.each(['clear', 'secure'] as const)('as many streams as there may be, %s', async (way) => {
    await using scene = await startScene(answering(ok('hello')));
    const { stdout } = await run('h2load', [...load, scene[way]]);
    expect(stdout).toContain(`${REQUESTS} succeeded, 0 failed, 0 errored, 0 timeout`);
    expect(stdout).toContain(`status codes: ${REQUESTS} 2xx, `);
    expect(scene.proxy.counters.read('http2Floods')).toBe(0);
  });
});

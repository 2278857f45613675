// Runs the program once from start to end, with one request, so that NODE_COMPILE_CACHE holds all
// that a start compiles. The image is built with it, and a program that does not run builds none.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const MANIFEST = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: warm, namespace: warm }
spec:
  rules:
    - host: warm.example
      http:
        paths:
          - path: /
            pathType: Prefix
            backend: { service: { name: warm, port: { number: 80 } } }
---
apiVersion: v1
kind: Service
metadata: { name: warm, namespace: warm }
spec: { ports: [{ port: 80 }] }
`;
const ONE_OF_EACH = [
  '--workers',
  '1',
  '--bind',
  '127.0.0.1',
  '--http-port',
  '0',
  '--https-port',
  '0',
];
/** Its one route leads to a service without endpoints. */
const EXPECTED_STATUS = 503;
/** Far above what a start takes; what still runs then is killed. */
const DEADLINE_MS = 60_000;

await using directory = await mkdtempDisposable(join(tmpdir(), 'headgate-warm-'));
await writeFile(join(directory.path, 'warm.yaml'), MANIFEST);
const socket = join(directory.path, 'admin.sock');
const admin = ['--admin-port', '0', '--admin-socket', socket];
const main = start(['run', '--manifests', directory.path, ...ONE_OF_EACH, ...admin]);
try {
  const port = await proxyPort(main);
  await finish(start(['ready', '--admin-socket', socket, '60']), 'ready');
  const status = await statusOf(port);
  if (status !== EXPECTED_STATUS) throw new Error(`expected ${EXPECTED_STATUS}, got ${status}`);
  main.kill('SIGTERM');
  await finish(main, 'run');
} finally {
  main.kill('SIGKILL');
}

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['src/main.ts', ...args], {
    stdio: ['ignore', 'inherit', 'pipe'],
    timeout: DEADLINE_MS,
  });
}

async function proxyPort(child: ChildProcess): Promise<number> {
  const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream });
  for await (const line of lines) {
    process.stdout.write(`${line}\n`);
    const [, port] = /"role":"proxy".*"port":(\d+)/.exec(line) ?? [];
    if (port !== undefined) return Number(port);
  }
  throw new Error('it ended before it listened');
}

async function statusOf(proxy: number): Promise<number | undefined> {
  const target = { host: '127.0.0.1', port: proxy, headers: { Host: 'warm.example' } };
  const [response] = await once(request({ ...target, agent: false }).end(), 'response');
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}

async function finish(child: ChildProcess, command: string): Promise<void> {
  child.stderr?.resume();
  const [code, signal] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
  if (code !== 0) throw new Error(`${command} ended with ${code ?? signal}`);
}

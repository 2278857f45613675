// `npm start`: the pods of three services and the real Headgate in front of them, until Ctrl-C. It
// prints what to try, and nothing that Headgate does is done here a second time.

import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatTable } from '#base/table.ts';
import { type Ports, runHeadgate, say } from './headgate-process.ts';
import { Kubelet, type Pod, readPods } from './kubelet.ts';

const SHOP = fileURLToPath(new URL('shop', import.meta.url));

const { values: options } = parseArgs({
  options: {
    manifests: { type: 'string', default: relative(process.cwd(), SHOP) },
    'http-port': { type: 'string', default: '8080' },
    'admin-port': { type: 'string', default: '10254' },
    'restart-seconds': { type: 'string', default: '5' },
  },
});

const restartSeconds = Number(options['restart-seconds']);
const kubelet = new Kubelet(restartSeconds, (pod, line) => say(pod.name, line));
try {
  process.exitCode = await demonstrate();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  kubelet.stop();
}

/** Resolves to the exit code: Headgate's own, which is 0 after Ctrl-C. */
async function demonstrate(): Promise<number> {
  const pods = await readPods(options.manifests);
  const pids = await Promise.all(pods.map((pod) => kubelet.start(pod)));
  const args = [
    ...['--manifests', options.manifests, '--bind', '127.0.0.1'],
    ...['--http-port', options['http-port'], '--https-port', 'none'],
    ...['--admin-port', options['admin-port']],
    ...['--workers', '2', '--drain-seconds', '2'],
  ];
  return runHeadgate(args, (ports) => process.stdout.write(introduce(pods, pids, ports)));
}

function introduce(pods: readonly Pod[], pids: readonly number[], ports: Ports): string {
  const shop = options.manifests;
  const url = (host: string, path = '/') => `http://${host}.localhost:${ports.http}${path}`;
  const admin = `http://127.0.0.1:${ports.admin}`;
  const explain = `npm run --silent headgate -- explain --manifests ${shop}`;
  const running = pods.map(({ name, address, port }, index) => [
    name,
    `pid ${pids[index]}`,
    `${address}:${port}`,
  ]);
  const tries = [
    [`curl ${url('ecshop')}`, 'or in a browser; the pods take turns'],
    [`curl ${url('bbs')}`],
    [`curl ${url('member')}`],
    [`curl ${url('ecshop', '/mypage')}`, 'another service below a path'],
    [`kill ${pids[0]}`, `requests go on without it; it is back in ${restartSeconds} s`],
    [`edit ${shop}/bbs.yaml`, 'the next request after saving follows it'],
    [`curl ${admin}/metrics`, 'also /readyz, /debug/plan, /debug/problems'],
  ];
  return [
    `\nRunning:\n${formatTable(running.map(indent))}`,
    `\nTry:\n${formatTable(tries.map(indent))}  ${explain} ${url('ecshop', '/mypage')}\n`,
    '\nCtrl-C ends it all.\n\n',
  ].join('');
}

function indent([first, ...others]: readonly string[]): string[] {
  return [`  ${first}`, ...others];
}

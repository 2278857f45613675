import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../src/commands/command-line.ts';
import { environmentName, readConfig } from '../../src/config.ts';
import { settings } from '../../src/settings.ts';

function parse(line: string, environment = {}): ReturnType<typeof parseCommandLine> {
  return parseCommandLine(line === '' ? [] : line.split(' '), environment);
}

describe('a good command line', () => {
  it('gives run its whole configuration', () => {
    const line =
      'run --manifests a --manifests b --http-port 8080 --bind 127.0.0.1 --bind ::1 ' +
      '--https-port none --default-tls-secret ops/a.b --tls-min-version 1.3 ' +
      '--tls-ticket-secret ops/tickets --admin-port 9000 --admin-bind ::1 --workers 3 --ingress-class public ' +
      '--default-backend web/site:80 --drain-delay 10 --drain-seconds 5 --log-level warn ' +
      '--trusted-proxies 10.0.0.0/8 --proxy-protocol --access-log - --h2c --via edge ' +
      '--response-timeout-seconds 20 --stream-idle-seconds 3600';
    expect(parse(line)).toEqual({
      command: 'run',
      config: {
        ...readConfig(Object.keys(settings) as (keyof typeof settings)[], {}, {}),
        manifests: ['a', 'b'],
        httpPort: 8080,
        httpsPort: null,
        defaultTlsSecret: { namespace: 'ops', name: 'a.b' },
        tlsMinVersion: '1.3',
        tlsTicketSecret: { namespace: 'ops', name: 'tickets' },
        bind: ['127.0.0.1', '::1'],
        adminPort: 9000,
        adminBind: '::1',
        workers: 3,
        ingressClass: 'public',
        defaultBackend: { namespace: 'web', service: 'site', port: 80 },
        trustedProxies: ['10.0.0.0/8'],
        proxyProtocol: true,
        accessLog: '-',
        h2c: true,
        responseTimeoutSeconds: 20,
        streamIdleSeconds: 3_600,
        via: 'edge',
        drainDelay: 10,
        drainSeconds: 5,
        logLevel: 'warn',
      },
    });
  });

  const plan = {
    manifests: ['dir'],
    controllerName: 'headgate.dev/ingress-controller',
    ingressClass: 'headgate',
    defaultBackend: null,
    defaultTlsSecret: null,
    nodeName: null,
    zone: null,
    disableExternalNames: false,
  };
  const target = { host: 'a.example', path: '/x' };
  const place = { adminSocket: null, adminPort: 10_254, adminBind: '127.0.0.1' };

  it.each([
    ['routes --manifests dir', { command: 'routes', options: plan }],
    ['explain --manifests dir a.example/x', { command: 'explain', options: plan, target }],
    [
      'explain http://a.example:80/x --manifests dir',
      { command: 'explain', options: plan, target },
    ],
    ['check dir', { command: 'check', options: plan }],
    ['check a b', { command: 'check', options: { ...plan, manifests: ['a', 'b'] } }],
    ['generations', { command: 'generations', place }],
    ['rollback', { command: 'rollback', place, target: 'before' }],
    ['rollback 17', { command: 'rollback', place, target: 17 }],
    ['workers 4', { command: 'workers', place, count: 4 }],
    ['rollback --resume', { command: 'rollback', place, target: 'resume' }],
    ['ready', { command: 'ready', place, waitSeconds: 0 }],
    [
      'ready --admin-socket admin.sock 25',
      { command: 'ready', place: { ...place, adminSocket: 'admin.sock' }, waitSeconds: 25 },
    ],
    ['check --ingress-class c dir', { command: 'check', options: { ...plan, ingressClass: 'c' } }],
  ])('%s', (line, expected) => {
    expect(parse(line)).toEqual(expected);
  });

  it('takes the environment for options that are absent', () => {
    const environment = { HEADGATE_MANIFESTS: 'dir', HEADGATE_INGRESS_CLASS: 'c' };
    expect(parse('routes', environment)).toEqual({
      command: 'routes',
      options: { ...plan, ingressClass: 'c' },
    });
  });
});

describe('a mistake is one line that names it', () => {
  it.each([
    [
      '',
      'a command is missing: run, routes, explain, check, ready, generations, rollback or workers',
    ],
    ['workers 0', 'workers: expected a number from 1 to 256, got "0"'],
    ['workers 257', 'workers: expected a number from 1 to 256, got "257"'],
    ['workers many', 'workers: expected a number from 1 to 256, got "many"'],
    ['rollback 0', 'rollback: expected the number of a generation, got "0"'],
    ['rollback last', 'rollback: expected the number of a generation, got "last"'],
    ['rollback 7 --resume', 'rollback: give a generation or --resume, not both'],
    ['ready soon', 'ready: expected a number of seconds from 0 to 3600, got "soon"'],
    ['ready 3601', 'ready: expected a number of seconds from 0 to 3600, got "3601"'],
    ['serve', "unknown command 'serve'"],
    ['--frob', "unknown option '--frob'"],
    ['run --frob', "unknown option '--frob'"],
    ['run --http-prot 80', "unknown option '--http-prot' (Did you mean --http-port?)"],
    ['run --http-port', "option '--http-port <port>' argument missing"],
    ['run --manifests d x', "too many arguments for 'run'. Expected 0 arguments but got 1: x."],
    ['run --manifests d --workers 0', '--workers: expected a number from 1 to 256, got "0"'],
    [
      'run --manifests d --kubeconfig f',
      '--manifests serves from files, --kubeconfig from a cluster: give one of them',
    ],
    [
      'run --manifests d --watch-namespace shop',
      '--watch-namespace is for a cluster, not for --manifests',
    ],
    [
      'run --manifests d --proxy-protocol',
      '--proxy-protocol needs --trusted-proxies CIDR or HEADGATE_TRUSTED_PROXIES',
    ],
    ['routes', 'routes needs --manifests DIR or HEADGATE_MANIFESTS'],
    ['routes --manifests d --http-port 80', "unknown option '--http-port'"],
    ['explain --manifests d', "missing required argument 'url'"],
    [
      'explain --manifests d ftp://a.example',
      'explain: expected an http or https URL, got "ftp://a.example"',
    ],
    ['check', "missing required argument 'dir'"],
  ])('%s: %s', (line, message) => {
    expect(parse(line)).toEqual({ command: 'usageError', message });
  });

  it('names the environment variable that holds a bad value', () => {
    expect(parse('run --manifests d', { HEADGATE_LOG_LEVEL: 'loud' })).toEqual({
      command: 'usageError',
      message: 'HEADGATE_LOG_LEVEL: expected one of debug, info, warn, error, got "loud"',
    });
  });
});

describe('help', () => {
  it('lists the commands', () => {
    for (const line of ['--help', '-h', 'help']) {
      const invocation = parse(line);
      expect(invocation).toMatchObject({ command: 'print' });
      for (const command of ['run', 'routes', 'explain', 'check']) {
        expect(invocation).toHaveProperty('text', expect.stringMatching(`\n  ${command} `));
      }
    }
  });

  it.each(['run', 'routes', 'explain', 'check'])('of %s is printed', (command) => {
    expect(parse(`${command} --help`)).toMatchObject({
      command: 'print',
      text: expect.stringContaining(`Usage: headgate ${command} `),
    });
  });

  it.each(Object.values(settings))('of run tells all about $flag', (setting) => {
    const invocation = parse('run --help');
    const text = invocation.command === 'print' ? invocation.text.replace(/\s+/g, ' ') : '';
    expect(text).toContain(
      `${`${setting.flag} ${setting.placeholder}`.trim()} ${setting.help} ` +
        `(default: ${setting.defaultText}; env: ${environmentName(setting.flag)})`,
    );
  });

  it('is not needed for the version', () => {
    expect(parse('--version')).toEqual({ command: 'print', text: '0.1.0\n' });
  });
});

import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import {
  type Environment,
  environmentName,
  type GivenOptions,
  readConfig,
  UsageError,
} from '../src/config.ts';
import { cgroupMemory } from '../src/setting-values.ts';
import { settings } from '../src/settings.ts';

const KEYS = Object.keys(settings) as (keyof typeof settings)[];

// The reader of the command line files what is given under the name of the flag.
it.each(KEYS)('the setting %s has the name of its flag', (key) => {
  const dashed = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  expect(settings[key].flag).toBe(`--${dashed}`);
});

describe('defaults', () => {
  const config = readConfig(KEYS, {}, {});

  it.each([
    ['manifests', []],
    ['kubeconfig', null],
    ['watchNamespace', []],
    ['httpPort', 80],
    ['httpsPort', 443],
    ['defaultTlsSecret', null],
    ['tlsMinVersion', '1.2'],
    ['adminPort', 10_254],
    ['adminBind', '127.0.0.1'],
    ['adminSocket', null],
    ['canarySeconds', 0],
    ['canaryFailures', 10],
    ['adminActions', false],
    ['sharePorts', false],
    ['workers', Math.min(availableParallelism(), 256)],
    ['maxMemory', cgroupMemory()],
    ['controllerName', 'headgate.dev/ingress-controller'],
    ['ingressClass', 'headgate'],
    ['watchIngressWithoutClass', false],
    ['defaultBackend', null],
    ['podNamespace', null],
    ['podName', null],
    ['leaderLease', 'headgate-leader'],
    ['publishService', null],
    ['publishAddress', []],
    ['readOnly', false],
    ['nodeName', null],
    ['zone', null],
    ['allowLocalEndpoints', false],
    ['disableExternalNames', false],
    ['trustedProxies', []],
    ['proxyProtocol', false],
    ['accessLog', null],
    ['h2c', false],
    ['responseTimeoutSeconds', 60],
    ['streamIdleSeconds', 300],
    ['via', null],
    ['drainDelay', 0],
    ['drainSeconds', 30],
    ['logLevel', 'info'],
  ] as const)('%s is %j', (key, expected) => {
    expect(config[key]).toEqual(expected);
  });

  it('accept HTTP on one address of all interfaces', () => {
    expect(['::', '0.0.0.0']).toContain(config.bind.join());
  });

  it('are frozen', () => {
    expect(Object.isFrozen(config)).toBe(true);
  });
});

describe('a good value', () => {
  it.each<[keyof GivenOptions, string[], unknown]>([
    ['manifests', ['a', 'b', 'a'], ['a', 'b']],
    ['kubeconfig', ['a', 'b'], 'b'],
    ['watchNamespace', ['shop', 'web', 'shop'], ['shop', 'web']],
    ['httpPort', ['0'], 0],
    ['httpPort', ['65535'], 65_535],
    ['httpPort', ['1', '2'], 2],
    ['bind', ['127.0.0.1', '::1'], ['127.0.0.1', '::1']],
    ['adminBind', ['::'], '::'],
    ['adminSocket', ['/run/admin.sock'], '/run/admin.sock'],
    ['canarySeconds', ['30'], 30],
    ['canaryFailures', ['5'], 5],
    ['adminActions', ['true'], true],
    ['sharePorts', ['true'], true],
    ['workers', ['256'], 256],
    ['maxMemory', ['64Mi'], 67_108_864],
    ['maxMemory', ['2Gi'], 2_147_483_648],
    ['maxMemory', ['100000000'], 100_000_000],
    ['maxMemory', ['none'], null],
    ['controllerName', ['example.com/edge'], 'example.com/edge'],
    ['ingressClass', ['public.example'], 'public.example'],
    ['watchIngressWithoutClass', ['true'], true],
    ['podNamespace', ['headgate'], 'headgate'],
    ['podName', ['headgate-x2x4z'], 'headgate-x2x4z'],
    ['leaderLease', ['edge'], 'edge'],
    ['publishService', ['edge/lb'], { namespace: 'edge', name: 'lb' }],
    [
      'publishAddress',
      ['192.0.2.1', '2001:db8::1', 'lb.example'],
      ['192.0.2.1', '2001:db8::1', 'lb.example'],
    ],
    ['readOnly', ['true'], true],
    ['nodeName', ['node-1.example'], 'node-1.example'],
    ['zone', ['europe-west1-b'], 'europe-west1-b'],
    ['allowLocalEndpoints', ['true'], true],
    ['disableExternalNames', ['true'], true],
    ['defaultBackend', ['web/site:80'], { namespace: 'web', service: 'site', port: 80 }],
    ['defaultBackend', ['web/site:http'], { namespace: 'web', service: 'site', port: 'http' }],
    [
      'trustedProxies',
      ['10.0.0.0/8,192.0.2.1', 'fd00::/8'],
      ['10.0.0.0/8', '192.0.2.1', 'fd00::/8'],
    ],
    ['proxyProtocol', ['true'], true],
    ['proxyProtocol', ['true', 'false'], false],
    ['accessLog', ['access.log'], 'access.log'],
    ['accessLog', ['-'], '-'],
    ['h2c', ['true'], true],
    ['via', ['edge-1.example'], 'edge-1.example'],
    ['drainDelay', ['300'], 300],
    ['drainSeconds', ['0'], 0],
    ['logLevel', ['debug'], 'debug'],
  ])('%s given as %j is %j', (key, texts, expected) => {
    expect(readConfig([key], { [key]: texts }, {})[key]).toEqual(expected);
  });
});

describe('a bad value', () => {
  it.each<[keyof GivenOptions, string, string]>([
    ['manifests', '', 'expected a directory, got ""'],
    ['kubeconfig', '', 'expected a file, got ""'],
    [
      'controllerName',
      'headgate',
      'expected a domain and a path, such as example.com/edge, got "headgate"',
    ],
    ['zone', 'a b', 'expected the name of a zone, got "a b"'],
    ['podName', 'Pod', 'expected the name of a Pod, got "Pod"'],
    ['leaderLease', 'Edge', 'expected the name of a Lease, got "Edge"'],
    ['publishService', 'lb', 'expected NAMESPACE/NAME of a Service, got "lb"'],
    ['publishAddress', '192.0.2.256', 'expected an IP address or a host name, got "192.0.2.256"'],
    ['publishAddress', 'LB', 'expected an IP address or a host name, got "LB"'],
    ['nodeName', 'Node', 'expected the name of a Node, got "Node"'],
    ['watchNamespace', 'Shop', 'expected the name of a Namespace, got "Shop"'],
    ['httpPort', '65536', 'expected a port from 0 to 65535, got "65536"'],
    ['httpPort', '-1', 'expected a port from 0 to 65535, got "-1"'],
    ['httpPort', '080', 'expected a port from 0 to 65535, got "080"'],
    ['httpPort', '8e1', 'expected a port from 0 to 65535, got "8e1"'],
    ['httpsPort', 'off', 'expected a port from 0 to 65535, or none, got "off"'],
    ['defaultTlsSecret', 'web', 'expected NAMESPACE/NAME of a Secret, got "web"'],
    ['tlsTicketSecret', 'a/b/c', 'expected NAMESPACE/NAME of a Secret, got "a/b/c"'],
    ['streamIdleSeconds', '0', 'expected a number of seconds from 1 to 86400, got "0"'],
    ['tlsMinVersion', '1.1', 'expected 1.2 or 1.3, got "1.1"'],
    ['bind', 'localhost', 'expected an IPv4 or IPv6 address, got "localhost"'],
    ['bind', '[::1]', 'expected an IPv4 or IPv6 address, got "[::1]"'],
    ['adminBind', '127.1', 'expected an IPv4 or IPv6 address, got "127.1"'],
    ['workers', '0', 'expected a number from 1 to 256, got "0"'],
    [
      'maxMemory',
      '63Mi',
      'expected a size of 64Mi or more, such as 512Mi, 2Gi or a number of bytes; or none, got "63Mi"',
    ],
    [
      'maxMemory',
      '1G',
      'expected a size of 64Mi or more, such as 512Mi, 2Gi or a number of bytes; or none, got "1G"',
    ],
    [
      'maxMemory',
      '1.5Gi',
      'expected a size of 64Mi or more, such as 512Mi, 2Gi or a number of bytes; or none, got "1.5Gi"',
    ],
    [
      'maxMemory',
      '-1',
      'expected a size of 64Mi or more, such as 512Mi, 2Gi or a number of bytes; or none, got "-1"',
    ],
    [
      'maxMemory',
      '9007199254740993',
      'expected a size of 64Mi or more, such as 512Mi, 2Gi or a number of bytes; or none, got "9007199254740993"',
    ],
    [
      'maxMemory',
      '9007199254Gi',
      'expected a size of 64Mi or more, such as 512Mi, 2Gi or a number of bytes; or none, got "9007199254Gi"',
    ],
    [
      'maxMemory',
      '',
      'expected a size of 64Mi or more, such as 512Mi, 2Gi or a number of bytes; or none, got ""',
    ],
    ['workers', '257', 'expected a number from 1 to 256, got "257"'],
    ['ingressClass', 'Public', 'expected the name of an IngressClass, got "Public"'],
    [
      'trustedProxies',
      '10.0.0.0/33',
      'expected an IP address or a CIDR block such as 10.0.0.0/8, got "10.0.0.0/33"',
    ],
    [
      'trustedProxies',
      'lb.example',
      'expected an IP address or a CIDR block such as 10.0.0.0/8, got "lb.example"',
    ],
    ['via', 'a b', 'expected a name of letters, digits and .-_, got "a b"'],
    ['proxyProtocol', 'yes', 'expected true or false, got "yes"'],
    ['proxyProtocol', 'constructor', 'expected true or false, got "constructor"'],
    ['accessLog', '', 'expected a file, or - for the standard output, got ""'],
    ['drainDelay', '301', 'expected a number of seconds from 0 to 300, got "301"'],
    ['drainSeconds', '3601', 'expected a number of seconds from 0 to 3600, got "3601"'],
    ['logLevel', 'loud', 'expected one of debug, info, warn, error, got "loud"'],
  ])('%s given as %j is refused: %s', (key, text, message) => {
    expect(() => readConfig([key], { [key]: [text] }, {})).toThrow(
      new UsageError(`${settings[key].flag}: ${message}`),
    );
  });

  it.each(['site:80', 'web/site', 'web/site:', 'web/site:0', 'web/site:65536', 'web/a/b:80'])(
    'defaultBackend given as %j is refused',
    (text) => {
      expect(() => readConfig(['defaultBackend'], { defaultBackend: [text] }, {})).toThrow(
        'expected NAMESPACE/SERVICE:PORT',
      );
    },
  );
});

describe('the environment', () => {
  it.each(KEYS)('has a twin for %s, named after its option', (key) => {
    expect(environmentName(settings[key].flag)).toMatch(/^HEADGATE_[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/);
  });

  it.each<[keyof GivenOptions, GivenOptions, Environment, unknown]>([
    ['httpPort', {}, { HEADGATE_HTTP_PORT: '8080' }, 8080],
    ['httpPort', { httpPort: ['81'] }, { HEADGATE_HTTP_PORT: '8080' }, 81],
    ['httpPort', { httpPort: ['81'] }, { HEADGATE_HTTP_PORT: 'bad' }, 81],
    ['httpPort', {}, { HEADGATE_HTTP_PORT: '' }, 80],
    ['manifests', {}, { HEADGATE_MANIFESTS: 'a,b' }, ['a', 'b']],
    ['manifests', { manifests: ['c'] }, { HEADGATE_MANIFESTS: 'a,b' }, ['c']],
    ['manifests', { manifests: ['a,b'] }, {}, ['a,b']],
    ['proxyProtocol', {}, { HEADGATE_PROXY_PROTOCOL: 'true' }, true],
    ['proxyProtocol', { proxyProtocol: ['true'] }, { HEADGATE_PROXY_PROTOCOL: 'false' }, true],
    ['bind', {}, { HEADGATE_BIND: '127.0.0.1,::1' }, ['127.0.0.1', '::1']],
    ['adminPort', {}, { HEADGATE_PORT: 'tcp://10.0.0.1:80' }, 10_254],
  ])('decides %s: given %j and %j it is %j', (key, given, environment, expected) => {
    expect(readConfig([key], given, environment)[key]).toEqual(expected);
  });

  it.each<[keyof GivenOptions, Environment, string]>([
    ['workers', { HEADGATE_WORKERS: 'x' }, 'HEADGATE_WORKERS: expected a number from 1 to 256'],
    [
      'bind',
      { HEADGATE_BIND: '::1,host' },
      'HEADGATE_BIND: expected an IPv4 or IPv6 address, got "host"',
    ],
    [
      'manifests',
      { HEADGATE_MANIFESTS: 'a,,b' },
      'HEADGATE_MANIFESTS: expected a directory, got ""',
    ],
    ['httpPort', { HEADGATE_HTTP_PORT: 'tcp://10.96.0.9:80' }, 'enableServiceLinks: false'],
  ])('is named when its value for %s is bad: %j gives %j', (key, environment, message) => {
    expect(() => readConfig([key], {}, environment)).toThrow(message);
  });

  it('is not read for settings that the command does not have', () => {
    expect(() => readConfig(['manifests'], {}, { HEADGATE_WORKERS: 'x' })).not.toThrow();
  });
});

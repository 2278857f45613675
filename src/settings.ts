// The table of settings: what each is called, what it may be, and what it is unless it is given.
// Here are those of the process; two themes have files of their own. Where the texts come from is
// config.ts's matter.

import { availableParallelism } from 'node:os';
import { limits } from '#base/limits.ts';
import { LOG_LEVELS } from '#base/log.ts';
import { clusterSettings } from './cluster-settings.ts';
import { proxySettings } from './proxy-settings.ts';
import { type Settings, SWITCH } from './setting.ts';
import { each, hasIpv6, last, parseAddress, parseInteger, parseName } from './setting-values.ts';

/** In the order in which help and README list them. */
export const settings: Settings = {
  manifests: {
    flag: '--manifests',
    placeholder: '<dir>',
    help: 'directory of YAML and JSON manifests, read with all below it and watched; repeatable',
    defaultText: 'none',
    repeatable: true,
    expected: 'a directory',
    fallback: () => [],
    parse: (texts) => each(texts, (text) => (text === '' ? undefined : text)),
  },
  kubeconfig: {
    flag: '--kubeconfig',
    placeholder: '<file>',
    help: 'how to reach the cluster to serve for, and as whom',
    defaultText: 'the service account of the pod',
    repeatable: false,
    expected: 'a file',
    fallback: () => null,
    parse: (texts) => last(texts) || undefined,
  },
  watchNamespace: {
    flag: '--watch-namespace',
    placeholder: '<name>',
    help: 'read objects of this namespace only, for which a Role in it suffices; repeatable',
    defaultText: 'all namespaces',
    repeatable: true,
    expected: 'the name of a Namespace',
    fallback: () => [],
    parse: (texts) => each(texts, parseName),
  },
  httpPort: {
    flag: '--http-port',
    placeholder: '<port>',
    help: 'port for HTTP; 0 lets the kernel choose one',
    defaultText: '80',
    repeatable: false,
    expected: 'a port from 0 to 65535',
    fallback: () => 80,
    parse: (texts) => parseInteger(last(texts), 0, 65_535),
  },
  httpsPort: {
    flag: '--https-port',
    placeholder: '<port>',
    help: 'port for HTTPS; 0 lets the kernel choose one, none leaves it out',
    defaultText: '443',
    repeatable: false,
    expected: 'a port from 0 to 65535, or none',
    fallback: () => 443,
    parse: (texts) => (last(texts) === 'none' ? null : parseInteger(last(texts), 0, 65_535)),
  },
  bind: {
    flag: '--bind',
    placeholder: '<addr>',
    help: 'IP address to accept HTTP and HTTPS on; repeatable',
    defaultText: ':: for IPv6 and IPv4, or 0.0.0.0 on a machine without IPv6',
    repeatable: true,
    expected: 'an IPv4 or IPv6 address',
    fallback: () => [hasIpv6() ? '::' : '0.0.0.0'],
    parse: (texts) => each(texts, parseAddress),
  },
  adminPort: {
    flag: '--admin-port',
    placeholder: '<port>',
    help: 'port for health, metrics and debug pages; 0 lets the kernel choose one',
    defaultText: '10254',
    repeatable: false,
    expected: 'a port from 0 to 65535',
    fallback: () => 10_254,
    parse: (texts) => parseInteger(last(texts), 0, 65_535),
  },
  adminBind: {
    flag: '--admin-bind',
    placeholder: '<addr>',
    help: 'IP address of the admin port',
    defaultText: '127.0.0.1',
    repeatable: false,
    expected: 'an IPv4 or IPv6 address',
    fallback: () => '127.0.0.1',
    parse: (texts) => parseAddress(last(texts)),
  },
  adminSocket: {
    flag: '--admin-socket',
    placeholder: '<file>',
    help: 'Unix socket that answers as the admin port does; a socket left there is replaced',
    defaultText: 'none',
    repeatable: false,
    expected: 'a file',
    fallback: () => null,
    parse: (texts) => last(texts) || undefined,
  },
  adminActions: {
    flag: '--admin-actions',
    help: 'take POST on the admin port and socket: whoever reaches it may change what runs',
    defaultText: 'false',
    ...SWITCH,
  },
  sharePorts: {
    flag: '--share-ports',
    help: 'take over from another Headgate of this user: serve beside it until it ends',
    defaultText: 'false',
    ...SWITCH,
  },
  workers: {
    flag: '--workers',
    placeholder: '<n>',
    help: 'proxy threads',
    defaultText: 'one per core',
    repeatable: false,
    expected: `a number from 1 to ${limits.workersMax}`,
    fallback: () => Math.min(availableParallelism(), limits.workersMax),
    parse: (texts) => parseInteger(last(texts), 1, limits.workersMax),
  },
  ...clusterSettings,
  ...proxySettings,
  drainSeconds: {
    flag: '--drain-seconds',
    placeholder: '<n>',
    help: 'how long requests in flight may take to finish after SIGTERM or SIGINT',
    defaultText: '30',
    repeatable: false,
    expected: `a number of seconds from 0 to ${limits.drainSecondsMax}`,
    fallback: () => 30,
    parse: (texts) => parseInteger(last(texts), 0, limits.drainSecondsMax),
  },
  logLevel: {
    flag: '--log-level',
    placeholder: '<level>',
    help: `what to log: ${LOG_LEVELS.join(', ')}`,
    defaultText: 'info',
    repeatable: false,
    expected: `one of ${LOG_LEVELS.join(', ')}`,
    fallback: () => 'info',
    parse: (texts) => LOG_LEVELS.find((level) => level === last(texts)),
  },
};

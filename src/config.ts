// The configuration of the process: what the command line and the environment decide, once. The
// table of settings is here, and the only reader of process.env. It does not know how a command
// line is split into options, nor what the values are for.

import { isIP } from 'node:net';
import { availableParallelism, networkInterfaces } from 'node:os';
import { limits } from '#base/limits.ts';
import { LOG_LEVELS, type LogLevel } from '#base/log.ts';

/** Frozen at start; nothing else reads argv or process.env. */
export interface Config {
  readonly manifests: readonly string[];
  /** 0 in tests: the kernel picks one port, and every worker uses that one. */
  readonly httpPort: number;
  readonly bind: readonly string[];
  readonly adminPort: number;
  readonly adminBind: string;
  readonly workers: number;
  /** Name of the IngressClass this controller answers for. */
  readonly ingressClass: string;
  readonly defaultBackend: DefaultBackend | null;
  /** IP addresses and CIDR blocks. */
  readonly trustedProxies: readonly string[];
  /** Trusted peers announce their clients by the PROXY protocol. */
  readonly proxyProtocol: boolean;
  /** A path, or `-` for the standard output. */
  readonly accessLog: string | null;
  readonly drainSeconds: number;
  readonly logLevel: LogLevel;
}

export interface DefaultBackend {
  readonly namespace: string;
  readonly service: string;
  readonly port: number | string;
}

/** A mistake on the command line or in the environment. The message is one line that names it. */
export class UsageError extends Error {}

interface Setting<T> {
  /** Its environment twin has the same name: `--http-port`, HEADGATE_HTTP_PORT. */
  readonly flag: `--${string}`;
  /** Empty for a switch, which is given without a value. */
  readonly placeholder: string;
  readonly help: string;
  readonly defaultText: string;
  /** Given several times, or as a list with commas in the environment. */
  readonly repeatable: boolean;
  /** What a value must be, to follow "expected". */
  readonly expected: string;
  readonly fallback: () => T;
  /** Undefined if one of the texts, of which there is at least one, is not as expected. */
  readonly parse: (texts: readonly string[]) => T | undefined;
}

const SWITCH: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

export const settings: { readonly [Key in keyof Config]: Setting<Config[Key]> } = {
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
  bind: {
    flag: '--bind',
    placeholder: '<addr>',
    help: 'IP address to accept HTTP on; repeatable',
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
  ingressClass: {
    flag: '--ingress-class',
    placeholder: '<name>',
    help: 'the IngressClass to answer for',
    defaultText: 'headgate',
    repeatable: false,
    expected: 'the name of an IngressClass',
    fallback: () => 'headgate',
    parse: (texts) => parseName(last(texts)),
  },
  defaultBackend: {
    flag: '--default-backend',
    placeholder: '<ns/service:port>',
    help: 'the service that answers what no rule answers',
    defaultText: 'none, which answers 404',
    repeatable: false,
    expected: 'NAMESPACE/SERVICE:PORT, with the number or the name of a port of the service',
    fallback: () => null,
    parse: (texts) => parseDefaultBackend(last(texts)),
  },
  trustedProxies: {
    flag: '--trusted-proxies',
    placeholder: '<cidr>',
    help: 'network whose X-Forwarded-* and Forwarded are believed; repeatable, or with commas',
    defaultText: 'none',
    repeatable: true,
    expected: 'an IP address or a CIDR block such as 10.0.0.0/8',
    fallback: () => [],
    parse: (texts) =>
      each(
        texts.flatMap((text) => text.split(',')),
        parseNetwork,
      ),
  },
  proxyProtocol: {
    flag: '--proxy-protocol',
    placeholder: '',
    help: 'trusted proxies, and no others, begin with the PROXY protocol, version 1 or 2',
    defaultText: 'false',
    repeatable: false,
    expected: 'true or false',
    fallback: () => false,
    parse: (texts) => SWITCH.get(last(texts)),
  },
  accessLog: {
    flag: '--access-log',
    placeholder: '<file>',
    help: 'file for one line of JSON per request; - is the standard output',
    defaultText: 'none',
    repeatable: false,
    expected: 'a file, or - for the standard output',
    fallback: () => null,
    parse: (texts) => last(texts) || undefined,
  },
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

/** What the command line says, as text; an option that was not given is absent. */
export type GivenOptions = { readonly [Key in keyof Config]?: readonly string[] };

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The settings named by `keys`: from the command line, else from the environment, else the default.
 * An empty variable counts as absent. Throws UsageError for the first bad value.
 */
export function readConfig<Key extends keyof Config>(
  keys: readonly Key[],
  given: GivenOptions,
  environment: Environment = process.env,
): Pick<Config, Key> {
  const entries = keys.map((key) => [key, readSetting(settings[key], given[key], environment)]);
  return Object.freeze(Object.fromEntries(entries)) as Pick<Config, Key>;
}

export function environmentName(flag: string): string {
  return `HEADGATE_${flag.slice(2).toUpperCase().replaceAll('-', '_')}`;
}

function readSetting<T>(
  setting: Setting<T>,
  given: readonly string[] | undefined,
  environment: Environment,
): T {
  if (given !== undefined) return parseSetting(setting, given, setting.flag);
  const variable = environmentName(setting.flag);
  const text = environment[variable];
  if (text === undefined || text === '') return setting.fallback();
  return parseSetting(setting, setting.repeatable ? text.split(',') : [text], variable);
}

function parseSetting<T>(setting: Setting<T>, texts: readonly string[], origin: string): T {
  const value = setting.parse(texts);
  if (value !== undefined) return value;
  const bad = texts.find((text) => setting.parse([text]) === undefined);
  const hint = SERVICE_LINK.test(String(bad)) && !origin.startsWith('--') ? SERVICE_LINK_HINT : '';
  throw new UsageError(
    `${origin}: expected ${setting.expected}, got ${JSON.stringify(bad)}${hint}`,
  );
}

// A Service called headgate-http makes Kubernetes set HEADGATE_HTTP_PORT=tcp://10.96.0.9:80 in
// every pod of its namespace.
const SERVICE_LINK = /^(?:tcp|udp|sctp):\/\//;
const SERVICE_LINK_HINT =
  ' (Kubernetes sets this for a Service of that name; give the pod enableServiceLinks: false)';

function last(texts: readonly string[]): string {
  return texts.at(-1) ?? '';
}

function each(
  texts: readonly string[],
  parse: (text: string) => string | undefined,
): readonly string[] | undefined {
  const values = texts.map(parse).filter((value) => value !== undefined);
  return values.length === texts.length ? Object.freeze([...new Set(values)]) : undefined;
}

function parseInteger(text: string, min: number, max: number): number | undefined {
  if (!/^(?:0|[1-9][0-9]{0,5})$/.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}

function parseAddress(text: string): string | undefined {
  return isIP(text) === 0 ? undefined : text;
}

function parseNetwork(text: string): string | undefined {
  const [, address = '', prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? [];
  const bits = isIP(address) === 6 ? 128 : 32;
  if (isIP(address) === 0 || Number(prefix ?? 0) > bits) return undefined;
  return text.trim();
}

// RFC 1123 names, as the API server asks for.
const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;
const DEFAULT_BACKEND = /^([a-z0-9-]{1,63})\/([a-z0-9-]{1,63}):([a-z0-9-]{1,15})$/;

function parseName(text: string): string | undefined {
  return NAME.test(text) ? text : undefined;
}

function parseDefaultBackend(text: string): DefaultBackend | undefined {
  const [, namespace, service, portText] = DEFAULT_BACKEND.exec(text) ?? [];
  if (namespace === undefined || service === undefined || portText === undefined) return undefined;
  const port = /^[0-9]+$/.test(portText) ? parseInteger(portText, 1, 65_535) : portText;
  return port === undefined ? undefined : Object.freeze({ namespace, service, port });
}

function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ family }) => family === 'IPv6'),
  );
}

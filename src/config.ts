// The configuration of the process: what the command line and the environment decide, once; the
// only reader of process.env. It does not know how a command line is split into options, nor what
// the values are for.

import type { LogLevel } from '#base/log.ts';
import type { ServicePortRef } from '#base/service-port-ref.ts';
import type { WorkerSettings } from '#protocol/messages.ts';
import type { Setting } from './setting.ts';
import type { NamespacedName, PublishedService } from './setting-values.ts';
import { settings } from './settings.ts';

/** Frozen at start; nothing else reads argv or process.env. */
export interface Config extends WorkerSettings {
  readonly manifests: readonly string[];
  /** Null for the service account of the pod, if there are no manifests. */
  readonly kubeconfig: string | null;
  /** Empty for all. */
  readonly watchNamespace: readonly string[];
  /** 0 in tests: the kernel picks one port, and every worker uses that one. */
  readonly httpPort: number;
  /** Likewise; null for no HTTPS. */
  readonly httpsPort: number | null;
  readonly bind: readonly string[];
  readonly adminPort: number;
  readonly adminBind: string;
  /** Path of a Unix socket that answers as the admin port does. */
  readonly adminSocket: string | null;
  /** How long one worker tries changed routes; 0 for not at all. */
  readonly canarySeconds: number;
  /** Percent of 5xx above that of the others. */
  readonly canaryFailures: number;
  /** The admin server takes POST, and does what it is asked. */
  readonly adminActions: boolean;
  /** Another Headgate of this user may hold the ports, and leaves them soon. */
  readonly sharePorts: boolean;
  readonly workers: number;
  /** What the process should take at most; null if nobody bounds it. */
  readonly maxMemory: number | null;
  /** The `spec.controller` of the IngressClasses that this controller answers for. */
  readonly controllerName: string;
  /** The value of the legacy class annotation that means this controller. */
  readonly ingressClass: string;
  /** Ingresses that name no class are ours, in a cluster too. */
  readonly watchIngressWithoutClass: boolean;
  readonly defaultBackend: ServicePortRef | null;
  /** The namespace this process runs in; null where it runs in none. */
  readonly podNamespace: string | null;
  /** The Pod this process runs in; null where it runs in none. */
  readonly podName: string | null;
  /** The Lease, in the namespace of the pod, of whoever writes to the cluster. */
  readonly leaderLease: string;
  /** The Service whose addresses Ingresses show. */
  readonly publishService: PublishedService | null;
  /** Addresses that Ingresses show, before any Service. */
  readonly publishAddress: readonly string[];
  /** Writes neither status nor Events. */
  readonly readOnly: boolean;
  /** The Node this process runs on; null where it runs on none. */
  readonly nodeName: string | null;
  /** Null for the zone of the Node. */
  readonly zone: string | null;
  /** Loopback, link-local and the like may be endpoints, in a cluster too. */
  readonly allowLocalEndpoints: boolean;
  /** Services of type ExternalName answer 503. */
  readonly disableExternalNames: boolean;
  /** The Secret of the certificate for hosts that have none; null for a self-signed one. */
  readonly defaultTlsSecret: NamespacedName | null;
  /** The Secret that the keys of session tickets come from; null for keys of this process. */
  readonly tlsTicketSecret: NamespacedName | null;
  /** In seconds. */
  readonly drainDelay: number;
  readonly drainSeconds: number;
  readonly logLevel: LogLevel;
}

/** A mistake on the command line or in the environment. The message is one line that names it. */
export class UsageError extends Error {}

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

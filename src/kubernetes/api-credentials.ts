// Where the API server is and how we prove who we are, as @kubernetes/client-node reads it from a
// kubeconfig or from the service account of the pod. The only importer of that package. It does
// not know what is asked of the server.

import { existsSync, readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { dirname, resolve } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { parse as parseYaml } from 'yaml';
import { quote } from '#base/quote.ts';

/** There is no way to the API server. The message is one line that an operator can act on. */
export class ApiConfigError extends Error {}

export class ApiCredentials {
  readonly #load: () => KubeConfig;
  #config: KubeConfig;
  /** What is being found out at this moment. */
  #pending: Promise<RequestOptions> | null = null;

  private constructor(load: () => KubeConfig) {
    this.#load = load;
    this.#config = load();
  }

  /** From the file, or where it is null from the pod that we run in. Throws ApiConfigError. */
  static async load(kubeconfig: string | null): Promise<ApiCredentials> {
    // A large package: a process that serves from manifests shall not pay for it.
    const { KubeConfig: Config } = await import('@kubernetes/client-node');
    return new ApiCredentials(() => {
      const config = new Config();
      if (kubeconfig === null) loadFromPod(config);
      else loadFromFile(config, kubeconfig);
      admitPlainHttp(config);
      announceToPlugins(config);
      return config;
    });
  }

  get server(): URL {
    return new URL(this.#config.getCurrentCluster()?.server ?? '');
  }

  /**
   * What a request carries: headers, and what TLS needs. Files named by the configuration, such as
   * the CA of the cluster, are read each time, so that their rotation is seen; the token of a
   * service account once a minute.
   */
  async options(): Promise<RequestOptions> {
    // One for all who ask: to find them out may be to run a plugin, and one that hangs must not
    // be run again and again.
    this.#pending ??= this.#find().finally(() => {
      this.#pending = null;
    });
    return this.#pending;
  }

  async #find(): Promise<RequestOptions> {
    const options: RequestOptions = {};
    await this.#config.applyToHTTPSOptions(options);
    // Files of tokens may end with a line feed, which no header can hold.
    const headers = options.headers as Record<string, string> | undefined;
    if (headers?.Authorization !== undefined) headers.Authorization = headers.Authorization.trim();
    // The agent of the package keeps the CA that it began with, but it knows the way through a
    // proxy.
    if (!this.#config.getCurrentCluster()?.proxyUrl) delete options.agent;
    return options;
  }

  /** Forgets what it has cached, and reads all again; what cannot be read stays as it was. */
  refresh(): void {
    try {
      this.#config = this.#load();
      this.#pending = null;
    } catch (error) {
      if (!(error instanceof ApiConfigError)) throw error;
    }
  }
}

function loadFromPod(config: KubeConfig): void {
  config.loadFromCluster();
  const server = config.getCurrentCluster()?.server ?? '';
  const tokenFile = config.getCurrentUser()?.authProvider.config.tokenFile as string;
  // Outside a pod the variables that name the server are absent, which shows in its address.
  if (URL.canParse(server) && existsSync(tokenFile)) return;
  throw new ApiConfigError(
    'not in a Kubernetes pod with a service account: ' +
      'give --manifests DIR for files, or --kubeconfig FILE for a cluster',
  );
}

function loadFromFile(config: KubeConfig, file: string): void {
  try {
    const text = readFileSync(file, 'utf8');
    config.loadFromString(text);
    config.makePathsAbsolute(dirname(file));
    adoptTokenFiles(config, text, dirname(file));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code ?? `not a kubeconfig: ${quote(message)}`;
    throw new ApiConfigError(`--kubeconfig: ${quote(file)} cannot be read: ${reason}`);
  }
  if (URL.canParse(config.getCurrentCluster()?.server ?? '')) return;
  throw new ApiConfigError(
    `--kubeconfig: ${quote(file)} has no current-context that leads to a cluster with a server`,
  );
}

interface KubeconfigUsers {
  readonly users?: readonly { readonly name: string; readonly user?: { tokenFile?: unknown } }[];
}

// The package does not know the field `tokenFile` of a user, but it reads such files for pods.
function adoptTokenFiles(config: KubeConfig, text: string, directory: string): void {
  const { users = [] } = parseYaml(text) as KubeconfigUsers;
  config.users = config.users.map((user) => {
    const file = users.find(({ name }) => name === user.name)?.user?.tokenFile;
    if (typeof file !== 'string') return user;
    const tokenFile = resolve(directory, file);
    return { ...user, authProvider: { name: 'tokenFile', config: { tokenFile } } };
  });
}

// The package refuses a server without TLS unless its certificate, which it has not, need not be
// checked; kubectl takes it as it is.
function admitPlainHttp(config: KubeConfig): void {
  config.clusters = config.clusters.map((cluster) =>
    cluster.server.startsWith('http:') ? { ...cluster, skipTLSVerify: true } : cluster,
  );
}

/** An exec credential plugin (client.authentication.k8s.io), as a kubeconfig names it. */
interface ExecPlugin {
  readonly apiVersion?: string;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
}

// Plugins read from this variable which version of the protocol to answer in. The package leaves
// it out.
function announceToPlugins(config: KubeConfig): void {
  config.users = config.users.map((user) => {
    const exec = user.exec as ExecPlugin | null | undefined;
    if (!exec) return user;
    const { apiVersion } = exec;
    const info = { kind: 'ExecCredential', apiVersion, spec: { interactive: false } };
    const variable = { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) };
    return { ...user, exec: { ...exec, env: [...(exec.env ?? []), variable] } };
  });
}

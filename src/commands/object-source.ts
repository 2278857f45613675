// Which source feeds the Store: the manifests that are named, or else the cluster.

import type { Log } from '#base/log.ts';
import { ApiClient } from '#kubernetes/api-client.ts';
import type { WatchStatus } from '#kubernetes/cluster-contact.ts';
import { ClusterSource } from '#kubernetes/cluster-source.ts';
import { ManifestsSource } from '#kubernetes/manifests-source.ts';
import type { SecretNames } from '#kubernetes/named-secrets.ts';
import type { Store } from '#kubernetes/store.ts';
import type { Config } from '../config.ts';

/** Null where there are manifests. Opens no connection yet. Throws ApiConfigError. */
export async function connectCluster(config: Config): Promise<ApiClient | null> {
  return config.manifests.length > 0 ? null : ApiClient.connect({ kubeconfig: config.kubeconfig });
}

export interface ObjectSourceOptions {
  readonly config: Config;
  readonly client: ApiClient | null;
  readonly store: Store;
  readonly onChange: () => void;
  readonly log: Log;
}

export type ObjectSource = ManifestsSource | ClusterSource;

export function objectSource({ config, client, ...feed }: ObjectSourceOptions): ObjectSource {
  if (client === null) return new ManifestsSource({ directories: config.manifests, ...feed });
  return new ClusterSource({
    client,
    namespaces: config.watchNamespace,
    controllerNamespace: config.podNamespace,
    nodeName: config.nodeName,
    ...feed,
  });
}

/** As ClusterSource.follow. A cluster holds more Secrets than are read; of manifests all are. */
export function followSecrets(source: ObjectSource, names: SecretNames): Promise<boolean> {
  return source instanceof ClusterSource ? source.follow(names) : Promise.resolve(false);
}

/** How the watches of a cluster fare; none where manifests are served. */
export function clusterWatches(source: ObjectSource): readonly WatchStatus[] {
  return source instanceof ClusterSource ? source.watches : [];
}

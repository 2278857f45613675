// What the operator's settings mean for what is written to the cluster. How it is written is not
// known here.

import type { Log } from '#base/log.ts';
import { ClusterWriter } from '#control/cluster-writer.ts';
import type { Controller } from '#control/controller.ts';
import type { ApiClient } from '#kubernetes/api-client.ts';
import type { Publish } from '#kubernetes/published-addresses.ts';
import type { Store } from '#kubernetes/store.ts';
import { takenIngresses } from '#translate/ingress-class.ts';
import type { Config } from '../config.ts';
import { translateOptions } from './translate-options.ts';

export interface ClusterWritingOptions {
  readonly config: Config;
  /** Null where manifests are served. */
  readonly client: ApiClient | null;
  readonly store: Store;
  readonly controller: Controller;
  readonly log: Log;
}

/** The namespace of the Lease where the process runs in no pod. */
const NAMESPACE_OUTSIDE = 'default';

/** Null where nothing is written. */
export function clusterWriter(options: ClusterWritingOptions): ClusterWriter | null {
  const { config, client, store, controller, log } = options;
  if (client === null || config.readOnly) return null;
  const publish = publishOf(config);
  if (publish.type === 'nodes' && config.podName === null) {
    log.warn('Ingresses will show no address: give --pod-name or --publish-address');
  }
  const translating = translateOptions(config);
  return new ClusterWriter({
    client,
    store,
    taken: () => takenIngresses(store, translating),
    problems: () => controller.problems,
    lease: { namespace: config.podNamespace ?? NAMESPACE_OUTSIDE, name: config.leaderLease },
    podName: config.podName,
    publish,
    controllerName: config.controllerName,
    log,
  });
}

function publishOf({ publishAddress, publishService }: Config): Publish {
  if (publishAddress.length > 0) return { type: 'addresses', addresses: publishAddress };
  return publishService === null ? { type: 'nodes' } : { type: 'service', ...publishService };
}

// A proxy in front of many hosts whose routes change while it serves, each changed the way that its
// users change it: Headgate by its manifests, nginx by its file and `nginx -s reload`.

import type { HostRoutes, ServiceName } from './host-routes.ts';
import type { ProcessList } from './process-list.ts';

export interface ChangingProxy {
  readonly name: string;
  readonly port: number;
  readonly routes: HostRoutes;
  /** Leads the host to its other Service: written down, and the proxy told, when it returns. */
  change(index: number): void;
  /** From a change that is made in it until all that comes is answered by it; milliseconds. */
  arrivalOf(index: number): Promise<number>;
  /** Times it has taken new routes into use. */
  countUpdates(): Promise<number>;
  vitals(): Vitals;
  /** Resolves when nothing that it has been told is left to be done. */
  settle(): Promise<void>;
}

export interface Vitals {
  /** Threads or processes that carry connections. */
  readonly workers: number;
  /** Resident memory; pages that processes share count once. */
  readonly memoryBytes: number;
}

export interface ChangingSetting {
  readonly processes: ProcessList;
  /** Exists, is empty, and is this proxy's own. */
  readonly directory: string;
  readonly hostCount: number;
  readonly workers: number;
  readonly backendPorts: Readonly<Record<ServiceName, number>>;
}

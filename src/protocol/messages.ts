// What the main thread and a proxy worker say to each other. Everything frequent goes through
// shared memory instead; a message is for what happens a few times in a worker's life.

export interface ListenAddress {
  readonly host: string;
  /** 0 asks the kernel for one; `listening` then says which. */
  readonly port: number;
}

/** An address that workers listen on. */
export interface ProxyAddress extends ListenAddress {
  /** HTTPS is spoken there. */
  readonly tls: boolean;
}

/** What the operator decides about the data plane; every worker is told it as it is. */
export interface WorkerSettings {
  /** Addresses and CIDR blocks of peers whose forwarding fields are believed. */
  readonly trustedProxies: readonly string[];
  /** Trusted peers begin with a preface of the PROXY protocol. */
  readonly proxyProtocol: boolean;
  /** Where to append the access log; `-` for the standard output, null for nowhere. */
  readonly accessLog: string | null;
  /** HTTP/2 by prior knowledge is spoken beside HTTP/1.1 (RFC 9113 3.3). */
  readonly h2c: boolean;
  /** The oldest version of TLS that clients may speak. */
  readonly tlsMinVersion: '1.2' | '1.3';
  /** How long an upstream may take from the whole request to the head of its response. */
  readonly responseTimeoutSeconds: number;
  /** How long it may be silent between two pieces of a response. */
  readonly streamIdleSeconds: number;
  /** What forwarded messages call us in Via; null for no Via. */
  readonly via: string | null;
}

/** workerData of a proxy worker. */
export interface WorkerStart {
  readonly workerIndex: number;
  readonly listen: readonly ProxyAddress[];
  readonly settings: WorkerSettings;
  /** The arena that snapshots live in. */
  readonly arena: SharedArrayBuffer;
  /** See ControlBlock. */
  readonly control: SharedArrayBuffer;
  /** See WorkerCounters. */
  readonly counters: SharedArrayBuffer;
  /** See EndpointHealth. */
  readonly health: SharedArrayBuffer;
}

export type MainMessage =
  /** A snapshot has been published: adopt it now rather than at the next request. */
  | { readonly type: 'published' }
  /**
   * Stop accepting, finish what runs, then answer `drained` and end: within `drainMs`, or it is
   * ended.
   */
  | { readonly type: 'drain'; readonly drainMs: number };

export type WorkerMessage =
  /** All listeners accept; the ports are the real ones. */
  | { readonly type: 'listening'; readonly addresses: readonly ProxyAddress[] }
  /** A listener could not be opened; the worker ends. `code` is Node's, such as EADDRINUSE. */
  | { readonly type: 'listenFailed'; readonly address: ListenAddress; readonly code: string }
  /** A snapshot was adopted and SEEN says which. Sent for each `published`. */
  | { readonly type: 'adopted'; readonly generation: number }
  /** The access log could not be written. Sent once a minute at most; `code` is Node's. */
  | { readonly type: 'accessLogFailed'; readonly code: string }
  /** No exchange runs and no connection is open; the worker ends. */
  | { readonly type: 'drained' };

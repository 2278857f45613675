// The bounds of all that has to do with objects, in a cluster or in files, each with its reason;
// limits.ts has them all.

export const clusterLimits = {
  // --- manifests ---

  /** One file: 100,000 Ingresses of 600 bytes. A larger one would be parsed for minutes. */
  manifestFileBytesMax: 67_108_864,
  /** Each file is looked at whenever the tree changes, at about 5 us a file. */
  manifestFilesMax: 20_000,
  /** Each directory takes one inotify watch; small systems give a user 8,192 of them. */
  manifestDirectoriesMax: 2_000,
  /** Paths told of that cannot be read; when there are more, no file is taken for deleted. */
  listingFaultsMax: 1_000,
  /** Symbolic links in one path: the kernel's own bound. */
  manifestLinksMax: 40,
  /** Values that the aliases of one YAML document may expand to, per anchor (billion laughs). */
  manifestAliasesMax: 100,
  /** A writer truncates, then writes: a file is read this long after its last event, ... */
  manifestSettleMs: 5,
  /** ... but this long after its first one at the latest, so that a busy file is read at all. */
  manifestSettleMaxMs: 40,
  /** Files with events not yet handled; beyond this the whole tree is looked at once instead. */
  manifestEventsMax: 1_024,
  /** How often the tree is looked at where the kernel gives no watches. */
  manifestRescanMs: 3_000,
  /** Watches that may fail before the kernel is no longer asked for any. */
  manifestWatchErrorsMax: 16,
  /** Unknown kinds that are logged by name; a cluster with all its operators has about 200. */
  skippedKindsMax: 256,

  // --- API server ---

  /** From a request to the end of its answer, or of the head of a watch: what kubectl gives. */
  apiRequestTimeoutMs: 30_000,
  /** One answer: a page of the largest objects that etcd takes, or nearly; V8 ends at 512 MiB. */
  apiResponseBytesMax: 268_435_456,
  /** The body of an answer that says no: a Status with its causes. */
  apiRefusalBytesMax: 65_536,
  /** One line of a watch: etcd takes objects of 1.5 MiB, and JSON may be some times as long. */
  apiLineBytesMax: 16_777_216,
  /** Connections to the API server: each watch takes one, and a few carry requests. */
  apiSocketsMax: 1_024,
  /** After this silence TCP asks the API server whether it is still there. */
  apiProbeMs: 15_000,

  // --- watching the cluster ---

  /**
   * Objects in one page: 200 slices of 100 endpoints take 8 MB, which hold up the event loop for
   * less than 100 ms.
   */
  listPageItems: 200,
  /** Pages of one list: two million objects, far beyond what an API server holds. */
  listPagesMax: 10_000,
  /** A watch lasts so long at least, and at most twice that, when the server keeps to it. */
  watchSeconds: 300,
  /** Servers send a bookmark about once a minute, so longer silence means that nobody is there. */
  watchSilenceMs: 90_000,
  /** Refusals of a watch, some seconds of them, after which everything is listed again. */
  watchRefusalsMax: 4,
  /** A watch that stood so long has worked, even if nothing happened. */
  watchSoundMs: 10_000,
  /** The wait after a failed list or watch: doubles from the one to the other. */
  watchRetryBaseMs: 250,
  watchRetryMaxMs: 10_000,
  /** All nodes list again when the server has forgotten what was: within this time. */
  relistSpreadMs: 1_000,
  /** A change waits so long, once the server is back, for watches that still list again, ... */
  resyncHoldMs: 2_000,
  /** ... and this long for what the last of them has to tell. */
  resyncSettleMs: 20,
  /** What a server may ask us to wait: stale routes for more than a minute help nobody. */
  retryAfterMaxMs: 60_000,
  /** Between two lines of the log about a server that does not answer. */
  contactLogQuietMs: 60_000,
  /** Between two lists of what we may not read and can do without. */
  forbiddenRetryMs: 60_000,
  /** Namespaces watched by name, each with a connection for each kind. */
  watchNamespacesMax: 100,

  /**
   * Secrets watched by name, because their type is another than that of certificates: each takes a
   * connection, and those of 100 namespaces and of requests must fit beside them.
   */
  namedSecretsMax: 500,
  /** The first generation waits so long for them: what needs one that is late is refused. */
  namedSecretsFirstReadMs: 3_000,

  // --- writing to the cluster ---

  /** A leader that is silent for so long is replaced: these three are the defaults of client-go. */
  leaseDurationMs: 15_000,
  /** A leader that cannot renew steps down, well before another may take the Lease. */
  leaseRenewDeadlineMs: 10_000,
  /** Between two tries to take or to renew the Lease. */
  leaseRetryPeriodMs: 2_000,
  /** One request about the Lease: a second one must fit before the deadline. */
  leaseRequestTimeoutMs: 4_000,
  /** Any other request of a leader; what takes longer is tried again. */
  clusterWriteTimeoutMs: 5_000,
  /** The wait after a write failed: doubles from the one to the other. */
  clusterRetryBaseMs: 100,
  clusterRetryMaxMs: 60_000,
  /** A write that was forbidden is tried again after this: the right may have been granted. */
  clusterRefusedRetryMs: 300_000,
  /** Rights that are missing and told of: each kind in each of some namespaces. */
  writeFailuresToldMax: 64,
  /** How long the last pod takes its addresses off all Ingresses before it ends. */
  clusterClearMs: 8_000,
  /** Status patches under way then: at 10 ms each 10,000 Ingresses take some seconds. */
  clusterClearRunningMax: 32,
  /** Changes within this gap are looked at together, since each look walks all Ingresses, ... */
  clusterSyncQuietMs: 100,
  /** ... but after this time at the latest: an address is shown within a second. */
  clusterSyncWaitMaxMs: 400,
  /** Between two looks when nothing has changed: somebody else may have written a status. */
  clusterResyncMs: 60_000,
  /** Status patches per second in the long run: 10,000 Ingresses take two minutes. */
  statusWritesPerSecond: 100,
  /** Status patches that go at once. */
  statusWritesBurst: 200,
  /** Status patches under way: at 10 ms each enough for the rate. */
  statusWritesRunningMax: 8,
  /** Ingresses that wait for their status: more than a cluster has; the next look has the rest. */
  statusWritesWaitingMax: 200_000,
  /** Addresses shown on an Ingress: each is stored with each Ingress, and clients need a few. */
  publishedAddressesMax: 64,
  /** Between two looks at the addresses to show, ... */
  addressesLookMs: 10_000,
  /** ... and while there is none, as when the first pod is about to get ready. */
  addressesFirstLookMs: 1_000,
  /** A node changes its external address hardly ever. */
  nodeAddressesKeptMs: 600_000,
  /** Problems told by Events at a time; all are at /debug/problems. */
  eventsStandingMax: 1_000,
  /** Of these in one namespace, so that no tenant takes the room of the others. */
  eventsOfNamespaceMax: 200,
  /** Events per second in the long run: one Ingress may hold many Problems. */
  eventWritesPerSecond: 10,
  /** Events that go at once. */
  eventWritesBurst: 50,
  /** Events under way. */
  eventWritesRunningMax: 4,
  /** A Problem that comes and goes is told no more often than this. */
  eventRestMs: 5_000,
  /** A message of an Event: the bound of events.k8s.io/v1. */
  eventMessageCharsMax: 1_024,

  // --- reading objects ---

  /** Faults told of one object; whoever mends 20 can run the check again. */
  faultsPerObjectMax: 20,
  /** Problems told of one object; each is compared at every rebuild. */
  problemsPerObjectMax: 100,
  /** Characters of a user's text quoted in a message. */
  quotedCharsMax: 80,
} as const;

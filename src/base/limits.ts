// Every bound of the system, with its reason. A loop, queue, buffer or wait without an entry here
// is a mistake.

export const limits = {
  // --- request and response heads ---

  /** Options of Connection: each may name a field and is looked for; real heads have one or two. */
  connectionOptionsMax: 16,
  /** A whole head: what nginx takes by default in four large buffers of 8 KiB. */
  headBytesMax: 32_768,
  /** Field lines of one head: Envoy and HAProxy take about 100. */
  headFieldsMax: 128,
  /** A request target; longer is 414. Eight KiB, as nginx's large buffer and HAProxy. */
  targetBytesMax: 8_192,
  /** Empty lines tolerated before a request line (RFC 9112 2.2 asks for at least one). */
  leadingEmptyLinesMax: 2,

  /** A request id that a client brings; ours have 32. */
  requestIdBytesMax: 128,
  /** Interim (1xx) responses before a final one; real servers send one or two. */
  interimResponsesMax: 8,

  // --- bodies ---

  /** Chunk extensions and trailers of one message: they are dropped, so nobody needs more. */
  chunkOverheadBytesMax: 8_192,
  /** Text of one write: up to 16 KiB Node copies it on the stack and writes it at once. */
  textWriteBytesMax: 16_384,
  /** Bytes waiting for a slow peer before its source is paused: Linux's default send buffer. */
  writeBacklogBytesMax: 65_536,
  /** What one read of an upstream takes: Node's own read size. */
  upstreamReadBytes: 65_536,
  /** Blocks of one read kept for the next slow peer: 4 MiB for each worker. */
  freeBlocksMax: 64,
  /** An unread request body is read to its end up to here, to keep the connection. */
  discardBytesMax: 262_144,

  // --- connections ---

  /** Open client connections of one worker; more are closed at once. */
  downstreamConnectionsMax: 65_536,
  /** Waiting in the kernel to be accepted; Linux cuts it to net.core.somaxconn. */
  acceptBacklog: 4_096,
  /** Idle connections kept per endpoint and worker; more are closed after use. */
  idleConnectionsPerEndpointMax: 256,
  /**
   * Upstreams whose turn a worker remembers; a snapshot that names more makes it forget them all.
   */
  upstreamsRememberedMax: 65_536,
  /** Endpoints tried for one request whose connections fail before anything was sent. */
  attemptsMax: 3,

  // --- failing endpoints, overload ---

  /** Failures in a row that eject an endpoint: nginx takes 1, Envoy 5; two may be an accident. */
  failuresToEject: 3,
  /** The first ejection of an endpoint; each one after it lasts twice as long, ... */
  ejectionBaseMs: 1_000,
  /** ... up to here, so that one that has come back is not left alone for long. */
  ejectionMaxMs: 60_000,
  /** A failure this old says nothing any more; longer than the longest ejection. */
  healthForgetMs: 300_000,
  /** Endpoints of the node that fail at a time, 64 bytes each; more are not ejected. */
  healthSlotsMax: 4_096,
  /** Slots looked at for one endpoint: more than eight in a row are hardly ever taken. */
  healthProbesMax: 16,
  /** For so many requests one may be sent again: 20 % of the traffic, as in linkerd2-proxy. */
  requestsPerRetry: 5,
  /** Retries that an upstream may save up: about what one lost pod has under way. */
  retriesSavedMax: 256,
  /** Retries per second that an upstream has besides: with little traffic 20 % is none. */
  retriesPerSecond: 10,
  /**
   * Requests of one worker under way to one upstream: a quarter of its connections, so that a
   * service that hangs leaves the rest to the others.
   */
  exchangesPerUpstreamMax: 16_384,
  /** Connections of one worker being opened to one endpoint: Envoy's limit of pending requests. */
  connectingPerEndpointMax: 1_024,
  /**
   * Connections of one client to one worker: a quarter of all, so that no client takes the worker
   * and a network behind one address has room. Trusted proxies stand for many and are not counted.
   */
  connectionsPerClientMax: 16_384,
  /** The event loop is this late ... */
  loopLagMaxMs: 200,
  /** ... at so many ticks in a row: then connections are shed. A garbage collection is one. */
  loopLagTicksMax: 3,
  /** Descriptors kept for all that is no connection: files, listeners, threads, DNS. */
  descriptorsReserved: 256,

  // --- PROXY protocol ---

  /** A preface of version 2 with its TLVs: a client certificate in one may take two KiB. */
  proxyPrefaceBytesMax: 4_096,

  // --- access log ---

  /** A request target in a line; longer ones are cut. The longest line still fits a pipe. */
  accessLogTargetBytesMax: 896,
  /** Any other text in a line: the names of an Ingress take at most 317. */
  accessLogTextBytesMax: 320,
  /** A write to a pipe of up to PIPE_BUF is atomic, so that lines of workers never mix. */
  accessLogPipePieceBytesMax: 4_096,
  /** Appending to a file is atomic whatever the size: Linux locks the inode. */
  accessLogFilePieceBytesMax: 65_536,
  /** Lines of a worker that wait to be written: some 15,000. */
  accessLogBufferBytesMax: 4_194_304,
  /** Between two looks whether the file was rotated. */
  accessLogCheckMs: 1_000,
  /** Between two messages of a log that cannot be written. */
  accessLogQuietMs: 60_000,
  /** Ticks that a worker which ends gives its last lines. */
  accessLogCloseTicks: 10,

  // --- time ---

  /** Precision of every deadline of the data plane. */
  timerTickMs: 100,
  /** Longer waits go round the wheel more than once. */
  timerWheelBuckets: 1_024,
  /** From the first byte of a head to its last: nginx takes 60 s, Apache 20 s and up. */
  headTimeoutMs: 15_000,
  /** Between two requests of a client: nginx's keepalive_timeout. */
  keepAliveTimeoutMs: 75_000,
  /** Between two pieces of a request body: nginx's client_body_timeout. */
  bodyTimeoutMs: 60_000,
  /** A client that reads nothing while we have something for it: nginx's send_timeout. */
  sendTimeoutMs: 60_000,
  /** A connection that we have ended but the client has not: nginx's lingering_timeout. */
  lingerTimeoutMs: 5_000,
  /** To open an upstream connection: pods are near. */
  connectTimeoutMs: 5_000,
  /** From the request to the response head, and between two pieces of a response. */
  upstreamTimeoutMs: 60_000,
  /** A tunnel (WebSocket) through which nothing passes in either direction. */
  tunnelIdleTimeoutMs: 3_600_000,
  /** After this silence TCP asks the peers of a tunnel whether they are still there. */
  tunnelProbeMs: 60_000,
  /** An idle upstream connection, unless the upstream says less: nginx's default. */
  upstreamIdleTimeoutMs: 60_000,

  // --- route tables ---

  /** A DNS name is at most 253 octets (RFC 1035 2.3.4). */
  hostBytesMax: 253,
  /** Prefixes are indexed by depth in one 32-bit mask. */
  prefixDepthMax: 31,
  /** One path rule; the API server bounds an object, this bounds one row of a section. */
  pathBytesMax: 4_096,

  // --- problems ---

  /** Ports of a Service listed in a message: more than nearly every Service has. */
  listedPortsMax: 8,

  // --- shared memory ---

  /**
   * 100,000 hosts of ten routes each take 168 MiB; the rest is for what replaces them piece by
   * piece. Untouched pages cost nothing.
   */
  arenaBytes: 256 * 1024 * 1024,

  // --- counters ---

  /** Routes with counters of their own in each worker, 56 bytes each; the rest share one slot. */
  routeCountersMax: 16_384,

  // --- changes of configuration ---

  /** Changes that come within this gap are handled together; a lone change never waits. */
  rebuildQuietMs: 10,
  /** An endless burst of changes still goes live this often. */
  rebuildWaitMaxMs: 100,
  /** Lines logged at once of problems that came, or went; /debug/problems has all. */
  problemLinesMax: 100,
  /**
   * Virtual hosts and routes that the main thread compiles itself, at about 10 us each: a message
   * to a thread and back takes longer when the workers keep every core busy.
   */
  compileHereMax: 128,
  /** Virtual hosts in one message to a compile thread: enough to make the message not matter. */
  compileBatchMax: 64,
  /** Batches waiting for a compile thread: 1,048,576 virtual hosts, beyond what an arena holds. */
  compileQueueMax: 16_384,
  /** Compile threads: a rebuild is short and the workers need the cores. */
  compileThreadsMax: 4,
  /** A compile thread ends after this time without work: it holds 20 MiB, and starts in 0.1 s. */
  compileIdleTimeoutMs: 10_000,

  // --- ExternalName services ---

  /** DNS names followed at a time; the rest are Problems. */
  externalNamesMax: 1_024,
  /** DNS queries under way at a time, so that a thousand names do not flood a resolver. */
  externalNameQueriesMax: 32,
  /** A smaller TTL counts as this, so that TTL 0 does not become a busy loop. */
  externalNameTtlMinMs: 1_000,
  /** A larger TTL counts as this, so that a wrong answer is mended within the hour. */
  externalNameTtlMaxMs: 3_600_000,
  /** One try of one query; a resolver that is alive answers sooner. */
  externalNameQueryTimeoutMs: 2_000,
  /** The wait after a query failed: doubles from the one to the other. */
  externalNameRetryBaseMs: 1_000,
  externalNameRetryMaxMs: 60_000,
  /** How long the first snapshot waits for DNS; names that answer later start with 503. */
  externalNameFirstAnswersMs: 3_000,
  /** Addresses taken from one DNS answer. */
  externalNameAddressesMax: 256,

  // --- proxy workers ---

  /** The wait before a dead worker starts again: doubles from the one to the other. */
  workerRestartBaseMs: 50,
  workerRestartMaxMs: 10_000,
  /** A worker that lived this long starts again at once when it dies. */
  workerStableMs: 30_000,

  // --- admin server ---

  /** Probes, a scraper or two and some operators; more is a mistake somewhere. */
  adminConnectionsMax: 64,
  /** An admin request has no body worth waiting for. */
  adminRequestTimeoutMs: 5_000,
  /** Longer than most scrape intervals would only keep sockets. */
  adminIdleTimeoutMs: 5_000,

  // --- command line ---

  /** Proxy threads of one process: more than any machine has cores worth a proxy. */
  workersMax: 256,
  /** Kubernetes gives a pod 30 s by default; an hour is for downloads that must not break. */
  drainSecondsMax: 3_600,

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

  // --- reading objects ---

  /** Faults told of one object; whoever mends 20 can run the check again. */
  faultsPerObjectMax: 20,
  /** Characters of a user's text quoted in a message. */
  quotedCharsMax: 80,
} as const;

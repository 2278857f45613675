// The bounds of the data plane, each with its reason; limits.ts has them all.

export const proxyLimits = {
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
  /** Proxies of X-Forwarded-For, one behind the other: a hostile head names thousands. */
  forwardedHopsMax: 32,
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
  /**
   * Bytes that have left with TCP's first window of ten segments (RFC 6928) when they are written:
   * so much of a last response no reset takes back.
   */
  lastBytesMax: 12_000,
  /** An unread request body is read to its end up to here, to keep the connection. */
  discardBytesMax: 262_144,

  // --- connections ---

  /** Open client connections of one worker; more are closed at once. */
  downstreamConnectionsMax: 65_536,
  /** Waiting in the kernel to be accepted; Linux cuts it to net.core.somaxconn. */
  acceptBacklog: 4_096,
  /**
   * Idle connections kept per endpoint and worker; more are closed after use. The streams of a few
   * HTTP/2 clients come and go in bursts: sixteen with 32 each opened and closed one connection for
   * every third request while 256 were kept, which took a quarter of the CPU.
   */
  idleConnectionsPerEndpointMax: 1_024,
  /**
   * Upstreams whose turn a worker remembers; a snapshot that names more makes it forget them all.
   */
  upstreamsRememberedMax: 65_536,
  /** Endpoints tried for one request whose connections fail before anything was sent. */
  attemptsMax: 3,

  // --- HTTP/2 upstreams ---

  /** Requests on one upstream session; a peer that allows fewer gets fewer. gRPC servers' usual. */
  upstreamStreamsPerSessionMax: 100,
  /** Sessions of one worker to one endpoint: 3,200 requests at a time. */
  upstreamSessionsPerEndpointMax: 32,
  /** Then a session gives way to another one; stream numbers end at 1,073,741,823. */
  upstreamStreamsPerLifeMax: 1_000_000,
  /** What an upstream may send on one stream before the client has taken it. */
  upstreamStreamWindowBytes: 262_144,
  /** The same on all streams of a session: a slow client holds up none of the others. */
  upstreamSessionWindowBytes: 16_777_216,
  /** What is kept of a request's body until its response begins: linkerd2-proxy's bound. */
  keptBodyBytesMax: 65_536,
  /** The same for all requests of a worker; beyond it none is kept. */
  keptBodiesBytesMax: 16_777_216,
  /** The answer to a PING, after some stream was silent for too long. */
  upstreamPingTimeoutMs: 5_000,

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

  // --- TLS ---

  /** A ClientHello: browsers send 2 KiB with post-quantum keys; one record takes 16 KiB. */
  clientHelloBytesMax: 16_384,
  /**
   * Handshakes under way in one worker, 50 KiB each at the most; and besides connections whose
   * ClientHello is not complete, 20 KiB each. For more, those go that have kept silent longest.
   */
  handshakesMax: 4_096,
  /** Of each, one client's: a quarter, as of connections. */
  handshakesPerClientMax: 1_024,
  /**
   * Handshakes that begin in one turn of the event loop: 1 to 4 ms of signing, and then requests
   * have their turn.
   */
  handshakesPerTurn: 4,
  /** From accept to the end of the handshake: Envoy takes 10 s, nginx 60. */
  handshakeTimeoutMs: 10_000,
  /**
   * TLS servers of one worker that are kept ready, whatever certificates and rules they have: about
   * 1,000 without authorities, 200 with 15 of them. Ready again, one takes 0.7 ms, or 1.6.
   */
  tlsServersBytesMax: 33_554_432,
  /** One takes so much, ... */
  tlsServerBytes: 22_528,
  /** ... and for each byte of PEM in its chains and authorities so much more, as measured. */
  tlsServerBytesPerPemByte: 11,
  /** A key for session tickets: stolen, it opens the sessions of so long (RFC 9325 3.4: a week). */
  ticketKeysLastMs: 6 * 3_600_000,
  /** How long a session may be resumed. */
  tlsSessionSeconds: 7_200,

  /** Bytes on the wire for each byte in them: a record of one byte has 29 around it at most. */
  tlsBytesPerPayloadByte: 32,
  /** Received besides: 2,400 other keys, of which a client has need after some terabytes each. */
  tlsIdleBytesMax: 65_536,
  /** How often a connection is looked at, for that: at full speed 16 MiB may come in between. */
  tlsPatrolMs: 10_000,

  // --- client certificates ---

  /** Subject and issuer of a certificate in request fields: a quarter of what heads may have. */
  clientNamesBytesMax: 8_192,
  /** Certificates from a client's own to an authority: real chains have two or three. */
  clientChainMax: 5,

  // --- PROXY protocol ---

  /** A preface of version 2 with its TLVs: a client certificate in one may take two KiB. */
  proxyPrefaceBytesMax: 4_096,

  // --- HTTP/2 ---

  /**
   * What is decoded of one head, with 32 for each field as RFC 9113 10.5.1 counts. The limits of
   * HTTP/1.1 hold as well, which count without: what is past either gets the same answer.
   */
  http2HeadBytesMax: 65_536,
  http2HeadFieldsMax: 256,
  /** Frames of one field block: what is decoded of one fits four full ones. */
  http2BlockFramesMax: 8,
  /** Bytes of one field block: so many full frames. */
  http2BlockBytesMax: 131_072,
  /** What HPACK remembers of a session, in each direction: the protocol's own default. */
  http2HeaderTableBytes: 4_096,
  /** Entries of one SETTINGS frame, each of which may move all windows: nghttp2's. */
  http2SettingsMax: 32,
  /** Streams of one session at a time: the least that RFC 9113 6.5.2 recommends. */
  http2StreamsMax: 100,
  /** What a client may send on one stream ahead of its upstream: the protocol's own default. */
  http2StreamWindowBytes: 65_535,
  /**
   * On its way to us in a session: sixteen streams at full speed. It is given back as content
   * arrives, so what waits for upstreams is bounded by the windows of its streams.
   */
  http2SessionWindowBytes: 1_048_576,
  /** Streams that we have reset and the client may not know of: twice what it may have open. */
  http2ResetStreamsMax: 256,
  /** Streams that are remembered to have ended, to call an error by its name. */
  http2EndedStreamsMax: 32,
  /** Less content than this waits for the next block rather than for a frame of its own. */
  http2PieceBytesMin: 1_024,
  /** A client that was told to leave answers in one round trip; requests have come before that. */
  http2NoticeMs: 5_000,
  /**
   * Streams that a client opens and does not let finish, empty frames and settings, beyond as many
   * streams that it does: Envoy's.
   */
  http2WastedStreamsMax: 500,
  /** So many of them are forgiven each second. */
  http2WastedStreamsPerSecond: 20,
  /** Received for each byte of use: frames of one byte with their headers are more than that. */
  http2BytesPerPayloadByte: 8,
  /** Received besides, such as settings and window updates: 60,000 pings, 0.1 s of CPU. */
  http2IdleBytesMax: 1_048_576,
  /** The same for each second: pings that keep a session alive. */
  http2IdleBytesPerSecond: 1_024,
  /** How often a session is looked at that sends nothing. */
  http2PatrolMs: 1_000,

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

  /** A client that was told at the end that it may go on has so long to ask: a slow round trip. */
  drainIdleMsMin: 1_000,
  /** Turns of the event loop in which a listener that closes may take a connection each. */
  drainTurnsMax: 10_000,
  /** A quick turn: nothing was read or accepted in it. */
  drainTurnMs: 0.05,
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
  /** From the request to the head of its response, by default: nginx's proxy_read_timeout. */
  responseTimeoutMs: 60_000,
  /** Between two pieces of a response, by default: Envoy's stream_idle_timeout. */
  streamIdleTimeoutMs: 300_000,
  /** The longest that either may be set to, in seconds: a day. */
  upstreamSecondsMax: 86_400,
  /** A call of gRPC that says it waits longer than this waits so long: as tunnels do. */
  callDeadlineMaxMs: 3_600_000,
  /** A tunnel (WebSocket) through which nothing passes in either direction. */
  tunnelIdleTimeoutMs: 3_600_000,
  /** After this silence TCP asks the peers of a tunnel whether they are still there. */
  tunnelProbeMs: 60_000,
  /** An idle upstream connection, unless the upstream says less: nginx's default. */
  upstreamIdleTimeoutMs: 60_000,
} as const;

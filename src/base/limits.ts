// Every bound of the system, with its reason: those of the data plane and of the cluster in files
// of their own, the rest here. A loop, queue, buffer or wait without an entry is a mistake.

import { clusterLimits } from './cluster-limits.ts';
import { proxyLimits } from './proxy-limits.ts';

export const limits = {
  ...proxyLimits,
  ...clusterLimits,

  /**
   * Values in one piece of a sorted list: of 100,000 values a change copies one piece and the list
   * of 400 to 800 pieces, about as much of each.
   */
  listPieceMax: 256,

  // --- route tables ---

  /** A DNS name is at most 253 octets (RFC 1035 2.3.4). */
  hostBytesMax: 253,
  /** Prefixes are indexed by depth in one 32-bit mask. */
  prefixDepthMax: 31,
  /** One path rule; the API server bounds an object, this bounds one row of a section. */
  pathBytesMax: 4_096,

  // --- near endpoints ---

  /**
   * Of the endpoints that a zone, or a node, would have if all had as many: with fewer than half of
   * them, its traffic would be more than twice what they are made for, and all endpoints take it.
   */
  nearShareMin: 0.5,

  // --- certificates ---

  /** Blocks of PEM read from one value of a Secret: a chain has three or four. */
  pemBlocksMax: 16,
  /**
   * A signature of a handshake holds up all requests of its worker: 4 ms with 4,096 bits, 190 ms
   * with 15,360.
   */
  rsaKeyBitsMax: 4_096,
  /** Authorities in PEM, a dozen or more; each virtual host or upstream carries its own copy. */
  authoritiesBytesMax: 65_536,
  /** The longest wait of a timer for a date far off: a timer takes 24 days, and clocks are set. */
  recheckWaitMaxMs: 86_400_000,

  // --- problems ---

  /** A longer name of an annotation is not compared with those that there are. */
  annotationNameCharsMax: 64,
  /** Ports of a Service listed in a message: more than nearly every Service has. */
  listedPortsMax: 8,

  // --- shared memory ---

  /**
   * 100,000 hosts of ten routes each take 201 MiB, and twice that while all of them are replaced.
   * All of it is reserved at start, so it never grows: untouched pages cost nothing. While it is at
   * most half full, the largest free extent is more than half of what is free, whatever came and
   * went; past two thirds, large sections may find no place although there is room.
   */
  arenaBytes: 1024 * 1024 * 1024,
  /** Entries of a table's page: what one change writes again, 1 KiB with the empty slots. */
  tablePageEntriesMax: 64,
  /**
   * Bits of a hash that lead to a page. 100,000 entries take 12; whoever makes up names whose keys
   * begin alike gets a longer page, and not a directory of more than 512 KiB.
   */
  tableDepthMax: 16,

  // --- generations ---

  /**
   * Changes of routes that can be gone back behind: more than anybody remembers making. Each holds
   * what it alone uses of the arena, and the pieces of lists that only it has.
   */
  keptGenerationsMax: 10,
  /**
   * Bytes of route tables by which those differ, beyond which the older ones are let go of: their
   * plans take three times as much of the main thread's heap.
   */
  keptDifferenceMax: 67_108_864,
  /** Names told of what a generation changed, and of what caused it; all are counted. */
  generationNamesMax: 5,
  /** Responses of a worker from which a share of failures can be told: one in ten shows surely. */
  canaryRequestsMin: 20,
  /** Between two looks at what a canary has answered: each reads the counters of all routes. */
  canaryLookMs: 500,
  /** A canary that was watched for an hour is as good as any. */
  canarySecondsMax: 3_600,

  // --- counters ---

  /** Routes with counters of their own in each worker, 56 bytes each; the rest share one slot. */
  routeCountersMax: 16_384,

  // --- changes of configuration ---

  /** Changes that come within this gap are handled together; a lone change never waits. */
  rebuildQuietMs: 2,
  /**
   * An endless burst of changes still goes live this often: a rebuild takes as long as it has
   * changes, at 0.2 ms each, and a millisecond besides.
   */
  rebuildWaitMaxMs: 10,
  /** Between two looks at how late the main thread is: 50 short wakes a second. */
  loopDelayLookMs: 20,
  /** Values that are sorted, or merged, without a pause: some 3 ms. */
  sortSliceValues: 4_096,
  /** Work of the main thread in one piece: a tenth of the stall that anybody might notice. */
  sliceMs: 10,
  /** Lines logged at once of problems that came, or went; /debug/problems has all. */
  problemLinesMax: 100,
  /**
   * Virtual hosts and routes that the main thread verifies itself, at about 0.5 us each: a thread
   * that has ended takes 100 ms to start, and one that has not gets its turn late when the workers
   * keep every core busy.
   */
  verifyHereMax: 16_384,
  /**
   * Virtual hosts and routes that are compiled without a pause, and verified by a thread: some 3 ms
   * of work for either, enough to make the message between them not matter.
   */
  compileBatchMax: 4_096,
  /** Verify threads: a rebuild is short and the workers need the cores. */
  verifyThreadsMax: 4,
  /** A verify thread ends after this time without work: it holds 20 MiB, and starts in 0.1 s. */
  verifyIdleTimeoutMs: 10_000,

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
  /** Between two looks at whether the workers live, which cost a microsecond each. */
  workerLookMs: 1_000,
  /** The event loop of a worker turns a hundred times while it is silent so long: it hangs. */
  workerSilenceMaxMs: 10_000,
  /** If all are silent, the machine may be at fault, and to start threads would load it more. */
  workersSilenceMaxMs: 30_000,
  /** A thread begins in 0.2 s; 256 that begin at once on one core take a minute. */
  workerBeginMaxMs: 120_000,
  /** A worker adopts within milliseconds: this is worth a line of the log, ... */
  workerBehindTellMs: 5_000,
  /** ... and after this it serves what was deleted long ago, and holds up memory of the arena. */
  workerBehindMaxMs: 30_000,
  /** The heap of an idle worker is 10 MiB: with less than this, collecting would be all it does. */
  workerHeapMinMiB: 48,
  /** Connections have their bytes outside the heap: more than this in it is a leak. */
  workerHeapMaxMiB: 1_024,
  /** What V8 gives young objects by itself; more makes its pauses longer. */
  workerYoungMaxMiB: 96,

  // --- admin server ---

  /** Probes, a scraper or two and some operators; more is a mistake somewhere. */
  adminConnectionsMax: 64,
  /** An admin request has no body worth waiting for. */
  adminRequestTimeoutMs: 5_000,
  /** An action waits for the route tables of 100,000 hosts, and for those under way before. */
  adminActionTimeoutMs: 60_000,
  /** Longer than most scrape intervals would only keep sockets. */
  adminIdleTimeoutMs: 5_000,
  /** Between two tries to take over the admin port: far below the period of a probe. */
  takeOverRetryMs: 200,

  // --- command line ---

  /** Proxy threads of one process: more than any machine has cores worth a proxy. */
  workersMax: 256,
  /** Kubernetes gives a pod 30 s by default; an hour is for downloads that must not break. */
  drainSecondsMax: 3_600,
  /** No health check of a load balancer takes five minutes to fail. */
  drainDelayMax: 300,
  /** Between two questions of the command `ready`. */
  readyPollMs: 100,
  /** The longest that the command `ready` waits: an hour. */
  readyWaitSecondsMax: 3_600,
} as const;

// Requests to the API server: one answer parsed, or one body line by line. It knows HTTP, time-outs
// and what may be asked again at once; it does not know any resource, and waits for nothing.

import { Agent, type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps, Agent as TlsAgent } from 'node:https';
import { limits } from '#base/limits.ts';
import { ApiCredentials } from './api-credentials.ts';
import { ApiError, noAnswer, refusal } from './api-error.ts';
import { readLines, readText } from './read-body.ts';
import { rotatingLookup } from './rotate-addresses.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Such as `/api/v1/services`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Of the body; `application/json` unless a patch needs another. */
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

export interface StreamOptions {
  /** The server has said yes; lines may follow. */
  readonly onOpen?: () => void;
  readonly onLine: (line: string) => void;
  /** The stream fails when nothing comes for so long. */
  readonly silenceMaxMs: number;
}

const AGENT_OPTIONS = {
  keepAlive: true,
  // TCP asks a silent server whether it is still there, so that a dead one is noticed.
  keepAliveMsecs: limits.apiProbeMs,
  maxSockets: limits.apiSocketsMax,
};

/** One side does not believe the other's certificate: codes of OpenSSL and Node. */
const TLS_REFUSAL = /^(?:CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_SSL_|ERR_TLS_)/;

export class ApiClient {
  readonly #credentials: ApiCredentials;
  readonly #plainAgent = new Agent(AGENT_OPTIONS);
  // Sockets are kept by the CA and the certificates they were opened with: after a rotation there
  // are none, and the next request opens one.
  readonly #tlsAgent = new TlsAgent(AGENT_OPTIONS);
  #failureCount = 0;
  readonly #lookup = rotatingLookup(() => this.#failureCount);

  private constructor(credentials: ApiCredentials) {
    this.#credentials = credentials;
  }

  /**
   * Reads the kubeconfig, or where it is null the service account of the pod; it opens no
   * connection. Throws ApiConfigError.
   */
  static async connect({ kubeconfig }: { kubeconfig: string | null }): Promise<ApiClient> {
    return new ApiClient(await ApiCredentials.load(kubeconfig));
  }

  /** The answer, parsed. Throws ApiError. */
  async request(request: ApiRequest): Promise<unknown> {
    return this.#withAnother(request, async () => {
      const exchange = await this.#begin(request);
      const text = await exchange.run((response) => readText(response, limits.apiResponseBytesMax));
      return parseAnswer(request, text);
    });
  }

  /**
   * Hands over the lines of the answer as they come, and resolves when the server ends it. Throws
   * ApiError, and what `onLine` throws.
   */
  async stream(request: ApiRequest, options: StreamOptions): Promise<void> {
    const { onOpen, onLine, silenceMaxMs } = options;
    await this.#withAnother(request, async () => {
      const exchange = await this.#begin(request);
      await exchange.run(async (response) => {
        onOpen?.();
        exchange.expectMore(silenceMaxMs);
        const onData = (): void => exchange.goOn();
        await readLines(response, { lineBytesMax: limits.apiLineBytesMax, onData, onLine });
      });
    });
  }

  /** Cuts what is under way. */
  close(): void {
    this.#plainAgent.destroy();
    this.#tlsAgent.destroy();
  }

  // A kept connection may have been closed by the server just as we used it, and credentials may
  // have been replaced: neither is worth a back-off.
  async #withAnother<T>(request: ApiRequest, attempt: () => Promise<T>): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ApiError) || request.signal?.aborted) throw error;
      if (error.status === 0) this.#dropIdle();
      const isStranger = error.status === 401 || TLS_REFUSAL.test(error.reason);
      if (isStranger) this.#credentials.refresh();
      const isStale = error instanceof StaleConnectionError && request.method === 'GET';
      if (!isStale && !isStranger) throw error;
      return attempt();
    }
  }

  async #begin(request: ApiRequest): Promise<Exchange> {
    const what = `${request.method} ${request.path}`;
    const options = await inTime(what, this.#credentials.options(), request.signal);
    const { server } = this.#credentials;
    const isTls = server.protocol === 'https:';
    const body = request.body === undefined ? null : JSON.stringify(request.body);
    const clientRequest = (isTls ? requestHttps : requestHttp)({
      ...options,
      agent: options.agent ?? (isTls ? this.#tlsAgent : this.#plainAgent),
      protocol: server.protocol,
      host: server.hostname.replace(/^\[|\]$/g, ''),
      port: server.port,
      path: pathOf(server, request),
      method: request.method,
      headers: { ...options.headers, ...headersOf(request, body) },
      lookup: this.#lookup,
    });
    clientRequest.end(body ?? undefined);
    return new Exchange(what, clientRequest, request.signal);
  }

  // What else was kept may lead to the same dead server.
  #dropIdle(): void {
    this.#failureCount += 1;
    for (const { freeSockets } of [this.#plainAgent, this.#tlsAgent]) {
      for (const socket of Object.values(freeSockets).flatMap((sockets) => sockets ?? [])) {
        socket.destroy();
      }
    }
  }
}

/** The connection was an old one, and died before a byte of the answer came. */
class StaleConnectionError extends ApiError {}

/** One request under way, with its deadline. */
class Exchange {
  readonly #what: string;
  readonly #request: ClientRequest;
  readonly #signal: AbortSignal | undefined;
  #response: IncomingMessage | null = null;
  #deadline: NodeJS.Timeout;
  /** Why it was cut; null where it was not cut by us. */
  #cut: ApiError | null = null;

  constructor(what: string, request: ClientRequest, signal: AbortSignal | undefined) {
    this.#what = what;
    this.#request = request;
    this.#signal = signal;
    this.#deadline = setTimeout(() => this.#expire(), limits.apiRequestTimeoutMs);
  }

  /** From here on it is cut when for `ms` nobody says that it goes on. */
  expectMore(ms: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#expire(), ms);
  }

  goOn(): void {
    this.#deadline.refresh();
  }

  /** Waits for the head and lets `read` take the body. Throws ApiError. */
  async run<T>(read: (response: IncomingMessage) => Promise<T>): Promise<T> {
    const abort = (): void => this.#cutOff('Aborted', 'given up');
    this.#signal?.addEventListener('abort', abort);
    if (this.#signal?.aborted) abort();
    try {
      const response = await this.#head();
      const status = response.statusCode ?? 0;
      if (status < 400) return await read(response);
      const body = await readText(response, limits.apiRefusalBytesMax);
      const retryAfter = response.headers['retry-after'];
      throw new ApiError(refusal(this.#what, status, { body, retryAfter }));
    } catch (error) {
      this.#request.destroy();
      throw this.#explain(error as Error);
    } finally {
      clearTimeout(this.#deadline);
      this.#signal?.removeEventListener('abort', abort);
    }
  }

  async #head(): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      this.#request.on('error', reject);
      this.#request.on('response', (response) => {
        this.#response = response;
        resolve(response);
      });
    });
  }

  #expire(): void {
    this.#cutOff('TimedOut', 'nothing came for too long');
  }

  #cutOff(reason: string, detail: string): void {
    this.#cut ??= new ApiError(noAnswer(this.#what, reason, detail));
    (this.#response ?? this.#request).destroy(this.#cut);
  }

  #explain(error: Error): Error {
    if (this.#cut !== null) return this.#cut;
    const { code, message } = error as NodeJS.ErrnoException;
    // Errors of Node have a code; the others are an answer understood, or of the reader of lines.
    if (typeof code !== 'string') return error;
    const failure = noAnswer(this.#what, code, message);
    const isStale = this.#request.reusedSocket && this.#response === null;
    return isStale ? new StaleConnectionError(failure) : new ApiError(failure);
  }
}

/** Credentials may come from a plugin, and nobody knows how long that takes. Throws ApiError. */
async function inTime<T>(
  what: string,
  credentials: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const { promise: end, reject } = Promise.withResolvers<never>();
  const cut = (reason: string, detail: string): void =>
    reject(new ApiError(noAnswer(what, reason, detail)));
  const abort = (): void => cut('Aborted', 'given up');
  const expire = (): void => cut('NoCredentials', 'credentials took too long');
  const timer = setTimeout(expire, limits.apiRequestTimeoutMs);
  signal?.addEventListener('abort', abort);
  if (signal?.aborted) abort();
  const explain = (error: Error): never => {
    throw new ApiError(noAnswer(what, 'NoCredentials', error.message));
  };
  try {
    return await Promise.race([credentials.catch(explain), end]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

function pathOf(server: URL, { path, query }: ApiRequest): string {
  const search = query === undefined ? '' : `?${new URLSearchParams(query)}`;
  // Some clusters live below a path of a gateway.
  return `${server.pathname.replace(/\/$/, '')}${path}${search}`;
}

function headersOf({ contentType }: ApiRequest, body: string | null): Record<string, string> {
  const headers = { accept: 'application/json', 'user-agent': 'headgate' };
  if (body === null) return headers;
  return {
    ...headers,
    'content-type': contentType ?? 'application/json',
    'content-length': String(Buffer.byteLength(body)),
  };
}

function parseAnswer({ method, path }: ApiRequest, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(noAnswer(`${method} ${path}`, 'NotJson', 'the answer is not JSON'));
  }
}

// The admin server: what probes, Prometheus and operators read. It only reads, so GET and HEAD are
// all it takes. It does not know what its pages say.

import { once } from 'node:events';
import { lstat, unlink } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, ListenOptions } from 'node:net';
import { limits } from '#base/limits.ts';
import type { Log } from '#base/log.ts';
import type { ListenAddress } from '#protocol/messages.ts';
import { ListenError } from './listen-error.ts';

export interface AdminPages {
  /** Why the process should get no traffic; null when it should. */
  readonly unreadyReason: () => string | null;
  readonly metrics: () => Promise<string>;
  readonly plan: () => string;
  readonly snapshot: () => string;
  /** JSON. */
  readonly problems: () => string;
}

interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const PLAIN_TEXT = 'text/plain; charset=utf-8';
const JSON_TEXT = 'application/json';
const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

export class AdminServer {
  readonly #portServer: Server;
  readonly #socketServer: Server;
  readonly #log: Log;
  readonly #pages: ReadonlyMap<string, () => Reply | Promise<Reply>>;

  constructor(pages: AdminPages, log: Log) {
    this.#log = log;
    this.#pages = new Map<string, () => Reply | Promise<Reply>>([
      ['/healthz', () => text('ok\n')],
      ['/readyz', () => readiness(pages.unreadyReason())],
      ['/metrics', async () => ({ ...text(await pages.metrics()), contentType: PROMETHEUS_TEXT })],
      ['/debug/plan', () => text(pages.plan())],
      ['/debug/snapshot', () => text(pages.snapshot())],
      ['/debug/problems', () => ({ ...text(pages.problems()), contentType: JSON_TEXT })],
    ]);
    this.#portServer = this.#createServer();
    this.#socketServer = this.#createServer();
  }

  /** Resolves with the real address; rejects with a ListenError. */
  async listen(address: ListenAddress): Promise<ListenAddress> {
    await this.#open(this.#portServer, address, (code) => new ListenError(address, code));
    const { port } = this.#portServer.address() as AddressInfo;
    return { host: address.host, port };
  }

  /**
   * Answers on a Unix socket too, which only processes of this user reach. A socket that a process
   * before left there is replaced. Rejects with a ListenError.
   */
  async listenOnSocket(path: string): Promise<void> {
    const left = await lstat(path).catch(() => null);
    if (left?.isSocket()) await unlink(path);
    await this.#open(this.#socketServer, { path }, (code) => new ListenError(path, code));
  }

  /** Leaves the port to a successor; the socket goes on answering. */
  leavePort(): void {
    closeServer(this.#portServer);
  }

  close(): void {
    closeServer(this.#portServer);
    closeServer(this.#socketServer);
  }

  #createServer(): Server {
    const server = createServer(
      {
        headersTimeout: limits.adminRequestTimeoutMs,
        requestTimeout: limits.adminRequestTimeoutMs,
        keepAliveTimeout: limits.adminIdleTimeoutMs,
      },
      (request, response) => void this.#answer(request, response),
    );
    server.maxConnections = limits.adminConnectionsMax;
    return server;
  }

  async #open(
    server: Server,
    options: ListenOptions,
    refuse: (code: string) => ListenError,
  ): Promise<void> {
    try {
      server.listen(options);
      await once(server, 'listening');
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw refuse(code ?? message);
    }
    // A failed accept, such as for want of file descriptors, must not end the process.
    server.on('error', (error) => this.#log.warn('admin server failed', { error }));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, contentType, body } = await this.#reply(request);
    response.writeHead(status, {
      'Content-Type': contentType,
      'Content-Length': Buffer.byteLength(body),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      ...(status === 405 ? { Allow: 'GET, HEAD' } : {}),
    });
    response.end(body);
  }

  async #reply({ method, url = '/' }: IncomingMessage): Promise<Reply> {
    if (method !== 'GET' && method !== 'HEAD') return text('GET and HEAD only\n', 405);
    const queryStart = url.indexOf('?');
    const page = this.#pages.get(queryStart === -1 ? url : url.slice(0, queryStart));
    if (page !== undefined) return this.#render(page);
    return text(`pages: ${[...this.#pages.keys()].join(' ')}\n`, 404);
  }

  // A page that fails must not take the proxy with it.
  async #render(page: () => Reply | Promise<Reply>): Promise<Reply> {
    try {
      return await page();
    } catch (error) {
      this.#log.error('admin page failed', { error });
      return text('internal error, see the log\n', 500);
    }
  }
}

function closeServer(server: Server): void {
  server.close();
  server.closeAllConnections();
}

function text(body: string, status = 200): Reply {
  return { status, contentType: PLAIN_TEXT, body };
}

function readiness(unreadyReason: string | null): Reply {
  return unreadyReason === null ? text('ok\n') : text(`${unreadyReason}\n`, 503);
}

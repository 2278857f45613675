// The admin server: what probes, Prometheus and operators read. It only reads, so GET and HEAD are
// all it takes. It does not know what its pages say.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { limits } from '#base/limits.ts';
import type { Log } from '#base/log.ts';
import type { ListenAddress } from '#protocol/messages.ts';
import { ListenError } from './listen-error.ts';

export interface AdminPages {
  /** Why the process should get no traffic; null when it should. */
  readonly unreadyReason: () => string | null;
  readonly metrics: () => string;
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
  readonly #server: Server;
  readonly #log: Log;
  readonly #pages: ReadonlyMap<string, () => Reply>;

  constructor(pages: AdminPages, log: Log) {
    this.#log = log;
    this.#pages = new Map([
      ['/healthz', () => text('ok\n')],
      ['/readyz', () => readiness(pages.unreadyReason())],
      ['/metrics', () => ({ ...text(pages.metrics()), contentType: PROMETHEUS_TEXT })],
      ['/debug/plan', () => text(pages.plan())],
      ['/debug/snapshot', () => text(pages.snapshot())],
      ['/debug/problems', () => ({ ...text(pages.problems()), contentType: JSON_TEXT })],
    ]);
    this.#server = createServer(
      {
        headersTimeout: limits.adminRequestTimeoutMs,
        requestTimeout: limits.adminRequestTimeoutMs,
        keepAliveTimeout: limits.adminIdleTimeoutMs,
      },
      (request, response) => this.#answer(request, response),
    );
    this.#server.maxConnections = limits.adminConnectionsMax;
  }

  /** Resolves with the real address; rejects with a ListenError. */
  listen(address: ListenAddress): Promise<ListenAddress> {
    return new Promise((resolve, reject) => {
      const refuse = (error: NodeJS.ErrnoException): void => {
        reject(new ListenError(address, error.code ?? error.message));
      };
      this.#server.once('error', refuse);
      this.#server.listen(address.port, address.host, () => {
        this.#server.off('error', refuse);
        // A failed accept, such as for want of file descriptors, must not end the process.
        this.#server.on('error', (error) => this.#log.warn('admin server failed', { error }));
        const { port } = this.#server.address() as AddressInfo;
        resolve({ host: address.host, port });
      });
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { status, contentType, body } = this.#reply(request);
    response.writeHead(status, {
      'Content-Type': contentType,
      'Content-Length': Buffer.byteLength(body),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      ...(status === 405 ? { Allow: 'GET, HEAD' } : {}),
    });
    response.end(body);
  }

  #reply({ method, url = '/' }: IncomingMessage): Reply {
    if (method !== 'GET' && method !== 'HEAD') return text('GET and HEAD only\n', 405);
    const queryStart = url.indexOf('?');
    const page = this.#pages.get(queryStart === -1 ? url : url.slice(0, queryStart));
    if (page !== undefined) return this.#render(page);
    return text(`pages: ${[...this.#pages.keys()].join(' ')}\n`, 404);
  }

  // A page that fails must not take the proxy with it.
  #render(page: () => Reply): Reply {
    try {
      return page();
    } catch (error) {
      this.#log.error('admin page failed', { error });
      return text('internal error, see the log\n', 500);
    }
  }
}

function text(body: string, status = 200): Reply {
  return { status, contentType: PLAIN_TEXT, body };
}

function readiness(unreadyReason: string | null): Reply {
  return unreadyReason === null ? text('ok\n') : text(`${unreadyReason}\n`, 503);
}

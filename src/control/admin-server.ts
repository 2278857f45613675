// The admin server: what probes, Prometheus and operators read, by GET and HEAD, and what operators
// do, by POST, where that is allowed. It does not know what its pages say and its actions do.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { limits } from '#base/limits.ts';
import type { Log } from '#base/log.ts';
import type { ListenAddress } from '#protocol/messages.ts';
import { ListenError } from './listen-error.ts';
import { SocketFile } from './socket-file.ts';

export interface AdminPages {
  /** Why the process should get no traffic; null when it should. */
  readonly unreadyReason: () => string | null;
  readonly metrics: () => Promise<string>;
  readonly plan: () => string;
  readonly snapshot: () => string;
  /** JSON. */
  readonly problems: () => string;
  readonly generations: Page;
}

/** A page for programs and for a terminal. */
export interface Page {
  readonly json: () => string;
  readonly text: () => string;
}

/** Does something, as the parameters say. */
export type AdminAction = (parameters: URLSearchParams) => Promise<AdminReply>;

export interface AdminReply {
  readonly status: number;
  /** Plain text. */
  readonly body: string;
}

export interface AdminActions {
  readonly areAllowed: boolean;
  readonly byPath: ReadonlyMap<string, AdminAction>;
}

interface Reply extends AdminReply {
  readonly contentType: string;
}

type Render = (request: IncomingMessage) => Reply | Promise<Reply>;

/**
 * Every POST has it. A page that a browser shows cannot send it to another origin unasked (Fetch
 * standard, CORS preflight), and we never answer when it asks.
 */
export const ACTION_HEADER = 'headgate-action';

const READ_ONLY = 'GET and HEAD only\n';
const POST_ONLY = 'POST only\n';
const NOT_ALLOWED = 'actions are off; the option --admin-actions allows them\n';
const NOT_FROM_BROWSERS = `actions need the header ${ACTION_HEADER}, and none from a browser\n`;
const PLAIN_TEXT = 'text/plain; charset=utf-8';
const JSON_TEXT = 'application/json';
const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

export class AdminServer {
  readonly #portServer: Server;
  readonly #socketServer: Server;
  #socketFile: SocketFile | null = null;
  readonly #log: Log;
  readonly #pages: ReadonlyMap<string, Render>;
  readonly #actions: AdminActions;
  #address: ListenAddress | null = null;

  constructor(pages: AdminPages, actions: AdminActions, log: Log) {
    this.#log = log;
    this.#actions = actions;
    this.#pages = new Map<string, Render>([
      ['/healthz', () => text({ body: 'ok\n' })],
      ['/readyz', () => readiness(pages.unreadyReason())],
      [
        '/metrics',
        async () => ({ ...text({ body: await pages.metrics() }), contentType: PROMETHEUS_TEXT }),
      ],
      ['/debug/plan', () => text({ body: pages.plan() })],
      ['/debug/snapshot', () => text({ body: pages.snapshot() })],
      ['/debug/problems', () => ({ ...text({ body: pages.problems() }), contentType: JSON_TEXT })],
      ['/debug/generations', (request) => eitherForm(pages.generations, request)],
    ]);
    this.#portServer = this.#createServer();
    this.#socketServer = this.#createServer();
  }

  /** Resolves with the real address; rejects with a ListenError. */
  async listen(address: ListenAddress): Promise<ListenAddress> {
    await this.#open(this.#portServer, address, async (server) => {
      server.listen(address);
      await once(server, 'listening');
    });
    const { port } = this.#portServer.address() as AddressInfo;
    this.#address = { host: address.host, port };
    return this.#address;
  }

  /** The port on which it answers, or did before it left it; null if it never had one. */
  get address(): ListenAddress | null {
    return this.#address;
  }

  /**
   * Answers on a Unix socket too, which only processes of this user reach. A socket that is there
   * already is replaced. Rejects with a ListenError.
   */
  async listenOnSocket(path: string): Promise<void> {
    await this.#open(this.#socketServer, path, async (server) => {
      this.#socketFile = await SocketFile.open(server, path);
    });
  }

  /** Leaves the port to a successor; the socket goes on answering. */
  leavePort(): void {
    closeServer(this.#portServer);
  }

  close(): void {
    closeServer(this.#portServer);
    this.#socketFile?.remove();
    this.#socketFile = null;
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
    address: ListenAddress | string,
    listen: (server: Server) => Promise<void>,
  ): Promise<void> {
    try {
      await listen(server);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw new ListenError(address, code ?? message);
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
      ...(status === 405 ? { Allow: body === POST_ONLY ? 'POST' : 'GET, HEAD' } : {}),
    });
    response.end(body);
  }

  async #reply(request: IncomingMessage): Promise<Reply> {
    const { method, url = '/' } = request;
    const queryStart = url.indexOf('?');
    const path = queryStart === -1 ? url : url.slice(0, queryStart);
    const action = this.#actions.byPath.get(path);
    if (action !== undefined) {
      const parameters = new URLSearchParams(queryStart === -1 ? '' : url.slice(queryStart));
      const refusal = this.#refuseAction(request);
      return refusal ?? this.#render(async () => text(await action(parameters)));
    }
    if (method !== 'GET' && method !== 'HEAD') return text({ status: 405, body: READ_ONLY });
    const page = this.#pages.get(path);
    if (page !== undefined) return this.#render(() => page(request));
    return text({ status: 404, body: `pages: ${[...this.#pages.keys()].join(' ')}\n` });
  }

  #refuseAction({ method, headers }: IncomingMessage): Reply | null {
    if (method !== 'POST') return text({ status: 405, body: POST_ONLY });
    if (!this.#actions.areAllowed) return text({ status: 403, body: NOT_ALLOWED });
    if (headers.origin === undefined && headers[ACTION_HEADER] !== undefined) return null;
    return text({ status: 403, body: NOT_FROM_BROWSERS });
  }

  // A page that fails must not take the proxy with it.
  async #render(make: () => Reply | Promise<Reply>): Promise<Reply> {
    try {
      return await make();
    } catch (error) {
      this.#log.error('admin page failed', { error });
      return text({ status: 500, body: 'internal error, see the log\n' });
    }
  }
}

function closeServer(server: Server): void {
  server.close();
  server.closeAllConnections();
}

function text({ status = 200, body }: { readonly status?: number; readonly body: string }): Reply {
  return { status, contentType: PLAIN_TEXT, body };
}

function readiness(unreadyReason: string | null): Reply {
  if (unreadyReason === null) return text({ body: 'ok\n' });
  return text({ status: 503, body: `${unreadyReason}\n` });
}

/** JSON, unless text is asked for. */
function eitherForm(page: Page, { headers: { accept = '' } }: IncomingMessage): Reply {
  if (accept.includes('text/plain')) return text({ body: page.text() });
  return { ...text({ body: page.json() }), contentType: JSON_TEXT };
}

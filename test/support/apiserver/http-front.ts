// HTTP to operations on objects and back: who asks, what for, what befalls it, what is done, what
// is answered. In this order, for every request.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { type AccessControl, authorize, type Identity } from './access-control.ts';
import type { ApiObject, Fields } from './api-object.ts';
import { parseRequest, type ResourceRequest, splitUrl } from './api-request.ts';
import { noSuchPath, StatusError } from './api-status.ts';
import type { Faults, RequestFault } from './faults.ts';
import { readBody } from './request-body.ts';
import { objectTable, type ResourceHandler } from './resource-handler.ts';
import { sendFailure, sendJson, sendText } from './send-answer.ts';
import { staticDocument } from './static-documents.ts';
import { wantsTable } from './table-output.ts';
import type { WatchHandler } from './watch-handler.ts';

/** One request, as it came; kept for tests to look at. */
export interface ApiCall {
  readonly method: string;
  readonly url: string;
  readonly contentType: string;
  readonly body: string;
  /** Null for a path that names no resource. */
  readonly resource: ResourceRequest | null;
  /** Empty when it could not be told. */
  readonly user: string;
}

export interface HttpFrontOptions {
  readonly access: AccessControl;
  readonly faults: Faults;
  readonly resources: ResourceHandler;
  readonly watches: WatchHandler;
  readonly record: (call: ApiCall) => void;
}

export class HttpFront {
  readonly #options: HttpFrontOptions;

  constructor(options: HttpFrontOptions) {
    this.#options = options;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#answer(request, response);
    } catch (error) {
      if (response.destroyed) return;
      sendFailure(response, error);
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = request;
    const body = await readBody(request);
    const where = splitUrl(url);
    const resource = parseRequest(method, where);
    const call = { method, url, contentType: body.contentType, body: body.text, resource };
    const identity = this.#identify(request, call);
    this.#options.record({ ...call, user: identity.user });
    if (resource === null) {
      const document = staticDocument(where.path);
      if (document === undefined) throw noSuchPath();
      sendJson(response, 200, document);
      return;
    }
    const fault = this.#options.faults.forRequest(resource);
    if (fault !== null && (await strike(fault, request)) === 'answered') return;
    authorize(identity, resource);
    const { query } = where;
    const isTable = wantsTable(headers.accept ?? '');
    const tableObject = isTable ? (query.get('includeObject') ?? 'Metadata') : null;
    const userAgent = headers['user-agent'] ?? 'unknown';
    if (resource.verb === 'watch') {
      const render = (object: ApiObject) =>
        JSON.stringify(tableObject === null ? object : objectTable(object, tableObject));
      this.#options.watches.open({ resource, query, response, render });
      return;
    }
    const { code, text } = this.#options.resources.answer({
      resource,
      query,
      body,
      userAgent,
      tableObject,
    });
    sendText(response, code, text);
  }

  #identify(request: IncomingMessage, call: Omit<ApiCall, 'user'>): Identity {
    try {
      return this.#options.access.identify(request.headers.authorization, certificateUser(request));
    } catch (error) {
      this.#options.record({ ...call, user: '' });
      throw error;
    }
  }
}

/** Does the harm; says whether there is anything left to answer. */
async function strike(
  fault: RequestFault,
  request: IncomingMessage,
): Promise<'answered' | 'unanswered'> {
  switch (fault.do) {
    case 'delay':
      await delay(fault.delayMs, undefined, { ref: false });
      return 'unanswered';
    case 'hang':
      return 'answered';
    case 'reset':
      request.socket.destroy();
      return 'answered';
    case 'answer':
      throw failure(fault.code, fault.retryAfterSeconds ?? null);
  }
}

const REASONS: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

function failure(code: number, retryAfterSeconds: number | null): StatusError {
  const reason = REASONS[code] ?? 'InternalError';
  const details: Fields = retryAfterSeconds === null ? {} : { retryAfterSeconds };
  const message = `a fault on demand: ${reason}`;
  return new StatusError({ code, reason, message, details }, retryAfterSeconds);
}

function certificateUser({ socket }: IncomingMessage): string | null {
  const { authorized, getPeerCertificate } = socket as TLSSocket;
  if (authorized !== true) return null;
  const name = getPeerCertificate.call(socket).subject?.CN;
  return typeof name === 'string' ? name : null;
}

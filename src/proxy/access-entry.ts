// What the access log tells of the request that is under way: noted phase by phase, written when
// the exchange ends. An Exchange owns one and uses it for all its requests; it has none while the
// log is off.

import type { AccessLog } from './access-log.ts';
import {
  type AccessLine,
  formatAccessEntry,
  formatRequest,
  UNREAD_REQUEST,
} from './format-access-entry.ts';
import type { FieldLines } from './http1/field-lines.ts';
import { Field } from './http1/field-names.ts';
import type { Refusal } from './http1/refusal.ts';
import type { RequestHead } from './http1/request-head.ts';
import type { Client } from './phases/forwarding-fields.ts';
import type { ActiveRoute } from './phases/route.ts';
import type { EndpointPool } from './upstream/endpoint-pool.ts';

/** What is told of an exchange when it is over. */
type Ending = Pick<AccessLine, 'attempts' | 'durationMs'> & { readonly status: number };

export class AccessEntry {
  readonly #log: AccessLog;
  /** The request's part of the line. */
  #request = '';
  #requestId: string | null = null;
  #endpoint: EndpointPool | null = null;
  #responseBytes = 0;
  #error: string | null = null;

  constructor(log: AccessLog) {
    this.#log = log;
  }

  /** Notes the request whose head was read from `bytes`, beginning at `start`. */
  begin(head: RequestHead, bytes: Buffer, text: string, start: number): void {
    const { lines } = head;
    const value = (line: number): string | null =>
      line < 0 ? null : text.slice(lines.valueStart(line), lines.valueEnd(line));
    this.#request = formatRequest({
      method: text.slice(start, head.methodEnd),
      host: text.slice(head.authorityStart, head.authorityEnd),
      target: text.slice(head.targetStart, head.targetEnd),
      userAgent: value(lineNamed(lines, bytes, 'user-agent')),
      referer: value(lineNamed(lines, bytes, 'referer')),
    });
    // A copy of what may be part of a longer text, which it would keep.
    const requestId = head.hasRequestId ? value(requestIdLine(lines)) : null;
    this.#requestId =
      requestId === null ? null : Buffer.from(requestId, 'latin1').toString('latin1');
    this.#endpoint = this.#error = null;
    this.#responseBytes = 0;
  }

  /** `requestId` is ours; empty if the client has named its request. */
  named(requestId: string): void {
    if (requestId !== '') this.#requestId = requestId;
  }

  picked(endpoint: EndpointPool): void {
    this.#endpoint = endpoint;
  }

  /** So much more of the response's body has been sent. */
  sent(bytes: number): void {
    this.#responseBytes += bytes;
  }

  /** Why the exchange cannot come to its proper end; the first reason is the one that tells. */
  failed(message: string): void {
    this.#error ??= message;
  }

  /** Headgate answers itself, in place of whatever came from the upstream; no error if empty. */
  replied(message: string, response: string): void {
    this.#error = message === '' ? null : message;
    this.#responseBytes = response.length - response.indexOf('\r\n\r\n') - '\r\n\r\n'.length;
  }

  /** Writes the line. */
  end({ address, scheme }: Client, route: ActiveRoute | null, ending: Ending): void {
    const line = formatAccessEntry({
      ...ending,
      time: new Date(),
      client: address,
      scheme,
      request: this.#request,
      requestId: this.#requestId,
      responseBytes: this.#responseBytes,
      ingress: route?.ingress ?? null,
      upstream: route?.upstreamName ?? null,
      endpoint: this.#endpoint,
      error: this.#error,
    });
    this.#log.add(line);
    this.#request = '';
  }
}

/** The line of a request that was refused before it was read. */
export function refusedLine({ address, scheme }: Client, { status, message }: Refusal): string {
  return formatAccessEntry({
    time: new Date(),
    client: address,
    scheme,
    request: UNREAD_REQUEST,
    requestId: null,
    status,
    responseBytes: 0,
    durationMs: 0,
    ingress: null,
    upstream: null,
    endpoint: null,
    attempts: 0,
    error: message,
  });
}

/** The first line of this name, which is lower-case; -1 if there is none. */
function lineNamed(lines: FieldLines, bytes: Buffer, name: string): number {
  for (let line = 0; line < lines.count; line += 1) {
    if (lines.isNamed(bytes, line, name)) return line;
  }
  return -1;
}

function requestIdLine(lines: FieldLines): number {
  for (let line = 0; line < lines.count; line += 1) {
    if (lines.field(line) === Field.requestId) return line;
  }
  return -1;
}

// One request and its response: accept, route, rewrite, pick, forward, respond, finish, in this
// order. Every moment has a name here, and so has every way in which it can fail; LIFECYCLE.md
// draws them. A connection owns one Exchange and uses it for all its requests in turn.

import { performance } from 'node:perf_hooks';
import { AccessEntry } from './access-entry.ts';
import type { DataPlane } from './data-plane.ts';
import type { Downstream } from './downstream.ts';
import type { Refusal } from './http1/refusal.ts';
import { CHUNKED, type RequestHead } from './http1/request-head.ts';
import { type ResponseHead, UNTIL_CLOSE } from './http1/response-head.ts';
import { OutgoingRequest } from './outgoing-request.ts';
import { forwardingFields } from './phases/forwarding-fields.ts';
import { localReply } from './phases/local-reply.ts';
import { rewriteResponse, rewriteTrailers } from './phases/respond.ts';
import { rewriteRequest, upgradeFields } from './phases/rewrite.ts';
import { type ActiveRoute, NO_ROUTE_SLOT } from './phases/route.ts';
import { httpsLocation, strictTransport } from './phases/transport.ts';
import { NO_VIA } from './phases/via-fields.ts';
import type { KeptBody } from './upstream/kept-body.ts';
import type { Upstream } from './upstream/upstream.ts';
import {
  FAILURE_MESSAGES,
  failureCounter,
  isLate,
  type UpstreamFailure,
} from './upstream/upstream-failure.ts';
import type { UpstreamLink } from './upstream/upstream-link.ts';

/** Past a limit the load is asked to come back, not kept in a queue. */
const RETRY_AFTER = 'Retry-After: 1\r\n';

export class Exchange {
  readonly #plane: DataPlane;
  readonly #downstream: Downstream;
  /** Null while no access log is written. */
  readonly #entry: AccessEntry | null;
  #upstream: UpstreamLink | null = null;
  #route: ActiveRoute | null = null;
  /** Counts this exchange among those under way. */
  #admittedBy: Upstream | null = null;
  readonly #request = new OutgoingRequest();
  #isHttp11 = false;
  /**
   * The client waits for 100 (Continue) with its body, and may not send it after another answer.
   */
  #awaitsContinue = false;
  #status = 0;
  /** A field line for the response, or empty. */
  #strictTransport = '';
  /** By the clock of `performance`. */
  startedMs = 0;
  isActive = false;
  /** A final response has begun. */
  hasResponded = false;
  /** The framing of the response says where it ends: to break off before is no complete one. */
  endsVisibly = false;
  isHead = false;
  /** Whether the client's connection serves another request after this one. */
  keepAlive = false;
  /** The client itself said so: it sends nothing after this request. */
  isLast = false;
  /** The request, its body included, has left for the upstream. */
  requestIsSent = false;
  /** The upstream has the head: the body may follow. */
  takesBody = false;
  /** It is the upstream's turn, to answer or to take what waits for it: its time runs. */
  isUpstreamDue = false;
  takesTrailers = false;
  /** The protocol that the client asks for, and the upstream may agree to; empty for none. */
  upgrade = '';
  /** Both sides speak another protocol: bytes pass as they are until both have ended. */
  isTunnel = false;

  constructor(plane: DataPlane, downstream: Downstream) {
    this.#plane = plane;
    this.#downstream = downstream;
    this.#entry = plane.accessLog === null ? null : new AccessEntry(plane.accessLog);
  }

  /** Runs the request whose head was read from `bytes`, beginning at `start`. */
  begin(head: RequestHead, bytes: Buffer, text: string, start: number): void {
    this.#accept(head, text.slice(start, head.methodEnd));
    this.#entry?.begin(head, bytes, text, start);
    if (head.isForServer) {
      // RFC 9110 9.3.7: towards its clients the server is us, and what it offers depends on paths.
      this.#reply(200, '');
      return;
    }
    this.#plane.adopt();
    this.#route = this.#plane.routes.find(head, text);
    if (this.#route === null) {
      this.#request.head = text.slice(start, head.lines.end);
      this.#reply(404, 'no route for this host and path');
      return;
    }
    const { transport } = this.#route;
    if (transport !== null) {
      const arrival = { head, bytes, text, client: this.#downstream.client };
      this.#strictTransport = strictTransport(transport, arrival);
      const location = httpsLocation(transport, arrival, this.#plane.httpsPort);
      if (location !== '') {
        this.#reply(308, '', location);
        return;
      }
    }
    const rejection = this.#plane.routes.rejection(this.#route, this.#downstream.client);
    if (rejection !== null) {
      this.#plane.counters.increment('requestsNotAdmitted');
      this.#request.head = text.slice(start, head.lines.end);
      this.#reply(rejection.status, rejection.message);
      return;
    }
    const { upstream } = this.#route;
    if (!upstream.begin()) {
      this.#plane.counters.increment('requestsOverInFlightLimit');
      this.#request.head = text.slice(start, head.lines.end);
      this.#reply(503, 'the service has too many requests under way', RETRY_AFTER);
      return;
    }
    this.#admittedBy = upstream;
    const requestId = head.hasRequestId ? '' : this.#plane.nextRequestId();
    this.#entry?.named(requestId);
    this.#request.head = rewriteRequest(head, bytes, text, start, {
      fields: forwardingFields(head, bytes, text, this.#downstream, this.#plane.trusted),
      requestId,
      via: this.#plane.via,
    });
    this.#forward();
  }

  #accept(head: RequestHead, method: string): void {
    this.isActive = true;
    this.isHead = method === 'HEAD';
    this.#request.begin(head, method);
    this.#isHttp11 = head.isHttp11;
    this.keepAlive = head.keepAlive;
    this.isLast = !head.keepAlive;
    this.#awaitsContinue = head.expectsContinue && this.#request.hasBody;
    this.takesTrailers = head.takesTrailers;
    this.upgrade = head.upgrade;
    this.isTunnel = false;
    this.requestIsSent = this.takesBody = this.isUpstreamDue = this.hasResponded = false;
    this.#status = 0;
    this.#strictTransport = '';
    this.startedMs = performance.now();
  }

  /** Picks an endpoint and sends the request there, over an idle connection unless `isRetry`. */
  #forward(isRetry = false): void {
    const endpoint = this.#route!.upstream.pick(this.#plane.view);
    if (endpoint === null) {
      this.#reply(503, 'the service has no ready endpoint');
      return;
    }
    this.#request.attempts += 1;
    this.#entry?.picked(endpoint);
    const idle = endpoint.take(isRetry);
    if (idle === null && endpoint.isCrowded) {
      this.#plane.counters.increment('requestsOverConnectingLimit');
      this.#reply(503, 'too many requests wait for a connection', RETRY_AFTER);
      return;
    }
    const upstream = idle ?? endpoint.connect();
    this.#upstream = upstream;
    upstream.assign(this);
    if (!upstream.isConnected) return;
    this.#plane.counters.increment('upstreamReuses');
    if (isRetry) this.upstreamConnected();
    else this.#send(upstream);
  }

  /** What was held back of the request may go. */
  upstreamConnected(): void {
    this.#send(this.#upstream!);
    if (!this.#request.hasBody) return;
    this.#downstream.resumeBody();
    this.flushRequest();
  }

  /** The head leaves at once, unless a body follows that may leave in the same write. */
  #send({ writer }: UpstreamLink): void {
    const isWhole = this.#request.send(writer);
    this.takesBody = true;
    if (!isWhole) return;
    this.requestIsSent = this.isUpstreamDue = true;
    writer.flush();
  }

  relayRequest(bytes: Buffer, text: string, start: number, end: number): void {
    this.#awaitsContinue = false;
    if (this.takesBody) this.#upstream?.writer.body(bytes, text, start, end);
    else this.#request.hold(bytes.subarray(start, end));
  }

  /** The body has come to its end. */
  endRequest(): void {
    if (!this.takesBody) this.#request.holdEnd();
    this.requestIsSent = this.takesBody;
    if (this.takesBody) this.#upstream?.writer.end();
  }

  /** The client's side of a tunnel has ended. */
  endTunnelRequest(): void {
    this.requestIsSent = true;
    this.flushRequest();
    this.#upstream?.expectProgress(false);
    this.#upstream?.endTunnel();
  }

  /** Part of the request's body may have gathered. */
  get hasUnsent(): boolean {
    return this.#request.hasBody && this.takesBody;
  }

  /** Sends what has gathered of the request. False: the upstream is slow; wait for `resumeBody`. */
  flushRequest(): boolean {
    const upstream = this.#upstream;
    if (upstream === null) return true;
    if (!this.takesBody) return false;
    const isTaken = upstream.writer.flush();
    this.isUpstreamDue = this.requestIsSent || !isTaken;
    upstream.expectProgress(this.isUpstreamDue);
    return isTaken;
  }

  upstreamDrained(): void {
    this.isUpstreamDue = this.requestIsSent;
    this.#upstream!.expectProgress(this.isUpstreamDue);
    this.#downstream.resumeBody();
  }

  relayInterim(head: ResponseHead, bytes: Buffer, text: string, start: number): void {
    // An HTTP/1.0 client knows no interim responses (RFC 9110 15.2).
    if (!this.#isHttp11) return;
    if (head.status === 100) this.#awaitsContinue = false;
    const framing = { isChunked: false, connection: '', date: '', via: NO_VIA };
    this.#downstream.writer.begin(rewriteResponse(head, bytes, text, start, framing), false);
  }

  /** Begins the response. `bodyLength` is that of the body that will come from the upstream. */
  respond(
    head: ResponseHead,
    bytes: Buffer,
    text: string,
    start: number,
    bodyLength: number,
  ): void {
    const isUnbounded = bodyLength === CHUNKED || bodyLength === UNTIL_CLOSE;
    const isChunked = isUnbounded && this.#isHttp11;
    this.endsVisibly = isChunked || !isUnbounded;
    if (!this.endsVisibly) this.keepAlive = false;
    this.#settlePersistence();
    const connection = this.#connectionField();
    const framing = { isChunked, connection, date: this.#plane.date, via: this.#plane.via };
    this.#downstream.writer.begin(rewriteResponse(head, bytes, text, start, framing), isChunked);
    this.hasResponded = true;
    this.#status = head.status;
    this.#request.forget();
  }

  /**
   * A tunnel is an exchange whose bodies both end with their connections; the request's begins
   * again, since what the client sends from here on belongs to the other protocol.
   */
  switchProtocols(head: ResponseHead, bytes: Buffer, text: string, start: number): void {
    const connection = upgradeFields(head.upgrade);
    const { date, via } = this.#plane;
    const framing = { isChunked: false, connection, date, via };
    this.#downstream.writer.begin(rewriteResponse(head, bytes, text, start, framing), false);
    this.hasResponded = this.isTunnel = this.#request.hasBody = true;
    this.keepAlive = this.requestIsSent = this.isUpstreamDue = this.endsVisibly = false;
    this.#status = head.status;
    this.#request.forget();
    this.#upstream!.expectProgress(false);
    this.#downstream.beginTunnel();
  }

  /** The upstream's side of a tunnel has ended; the client's may still bring something. */
  endTunnelResponse(): void {
    this.#downstream.flush();
    this.#downstream.endTunnel();
  }

  relayResponse(bytes: Buffer, text: string, start: number, end: number): void {
    this.#downstream.writer.body(bytes, text, start, end);
    this.#entry?.sent(end - start);
    if (this.isTunnel) this.#downstream.touchTunnel();
  }

  flushResponse(): void {
    if (this.#downstream.flush()) return;
    this.#upstream?.pause();
  }

  /** The client has taken what was waiting for it. */
  downstreamDrained(): void {
    this.#upstream?.resume();
  }

  /** `trailers` are field lines with their CRLFs, or empty. */
  finishResponse(trailers: string): void {
    this.#upstream = null;
    const { lines } = this.#plane.responseHead;
    this.#downstream.writer.end(rewriteTrailers(lines, trailers));
    this.#finish();
  }

  /** Nothing of the response has left, so that an error can take its place. */
  get canStillFail(): boolean {
    return this.#downstream.writer.isUntouched;
  }

  /** `body` is what has been sent of the request's, if that is known. */
  upstreamFailed(failure: UpstreamFailure, body: KeptBody | null = null): void {
    this.#upstream = null;
    this.#plane.counters.increment(failureCounter(failure));
    if (!this.hasResponded && this.#mayRepeat(failure, body)) {
      this.#repeat(body);
    } else if (this.hasResponded && !this.canStillFail) {
      this.#entry?.failed(FAILURE_MESSAGES[failure]);
      this.#downstream.abort();
    } else {
      this.#downstream.writer.discard();
      this.#reply(isLate(failure) ? 504 : 502, FAILURE_MESSAGES[failure]);
    }
  }

  #mayRepeat(failure: UpstreamFailure, body: KeptBody | null): boolean {
    const isBodyGone = this.hasUnsent && (body === null || body.isGone);
    if (!this.#request.mayRepeat(failure, { hasLeft: this.takesBody, isBodyGone })) return false;
    const isPaid = this.#request.payRepeat(failure, this.#route!.upstream);
    this.#plane.counters.increment(isPaid ? 'upstreamRetries' : 'upstreamRetriesDenied');
    return isPaid;
  }

  #repeat(body: KeptBody | null): void {
    if (body !== null && this.hasUnsent) this.#request.takeBack(body, this.requestIsSent);
    this.takesBody = this.requestIsSent = this.isUpstreamDue = false;
    this.#forward(true);
  }

  #settlePersistence(): void {
    if (this.#plane.isDraining || this.#awaitsContinue) this.keepAlive = false;
  }

  /** With what else each answer of the route says about the way to it. */
  #connectionField(): string {
    if (!this.keepAlive) return `Connection: close\r\n${this.#strictTransport}`;
    return (this.#isHttp11 ? '' : 'Connection: keep-alive\r\n') + this.#strictTransport;
  }

  /** Answers in place of the upstream. */
  #reply(status: number, message: string, retryAfter = ''): void {
    this.#settlePersistence();
    this.#status = status;
    const connection = this.#connectionField() + retryAfter;
    const { date } = this.#plane;
    const request = this.#request.head;
    const text = localReply({ status, message, isHead: this.isHead, connection, date, request });
    this.#downstream.writer.begin(text, false);
    this.#entry?.replied(message, text);
    this.#finish();
  }

  #finish(): void {
    this.#record(this.#status);
    this.#downstream.finishExchange();
  }

  #record(status: number): void {
    const { counters } = this.#plane;
    counters.recordResponse(this.#route?.counterSlot ?? NO_ROUTE_SLOT, status);
    const durationMs = performance.now() - this.startedMs;
    // How long a tunnel stays open says nothing about speed.
    if (!this.isTunnel) counters.recordLatency(durationMs * 1_000);
    this.#entry?.end(this.#downstream.client, this.#route, {
      status,
      attempts: this.#request.attempts,
      durationMs,
    });
    this.isActive = false;
    this.#admittedBy?.finish();
    this.#admittedBy = null;
    this.#route = null;
    this.#request.forget();
  }

  /**
   * The client has gone, or sent what cannot be passed on: the upstream must not see it complete.
   */
  abort({ status, message }: Refusal): void {
    if (!this.isActive) return;
    this.#entry?.failed(message);
    this.#upstream?.destroy();
    this.#upstream = null;
    this.#record(this.hasResponded ? this.#status : status);
  }
}

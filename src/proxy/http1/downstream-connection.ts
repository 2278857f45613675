// One HTTP/1.1 connection of a client: reads its requests one after another and gives each to the
// Exchange. Owns framing, order, time-outs and the end of the connection; knows no routes.
//
//            ┌────────────── next request ───────────────┐
//   head ──▶ exchange ──▶ discard (unread request body) ─┴─▶ closing ──▶ closed

import type { Socket } from 'node:net';
import { limits } from '#base/limits.ts';
import { refusedLine } from '../access-entry.ts';
import type { DataPlane } from '../data-plane.ts';
import { Exchange } from '../exchange.ts';
import type { Accepted, ClientConnection } from '../listener.ts';
import { type Client, clientFields } from '../phases/forwarding-fields.ts';
import { localReply } from '../phases/local-reply.ts';
import { Deadline } from '../timer-wheel.ts';
import { BodyReader } from './body-reader.ts';
import { countEmptyLines, refuseHalfHead } from './half-head.ts';
import { HeadText } from './head-text.ts';
import { MessageWriter } from './message-writer.ts';
import { hasUnusualPath, normalHead } from './normal-head.ts';
import { readDirectly } from './read-directly.ts';
import { CLIENT_GONE, type Refusal, refusals } from './refusal.ts';
import { UNTIL_CLOSE } from './response-head.ts';

type Mode = 'head' | 'exchange' | 'discard' | 'closing';

export class DownstreamConnection {
  readonly writer: MessageWriter;
  readonly client: Client;
  /** See the function of this name. */
  readonly clientFields: string;
  readonly #plane: DataPlane;
  readonly #socket: Socket;
  readonly #exchange: Exchange;
  readonly #deadline: Deadline;
  readonly #closed: (connection: ClientConnection) => void;
  readonly #body = new BodyReader();
  readonly #headText = new HeadText();
  #mode: Mode = 'head';
  /** A head has begun to arrive, so its time runs. */
  #hasBegun = false;
  #emptyLines = 0;
  /** Bytes that have arrived and wait: half a head, or what must not be read yet. */
  #held: Buffer | null = null;
  #isReceiving = false;
  /** It has sent a request before it had the answer to the one before. */
  #pipelines = false;
  /** The client has ended its side; what is held may still have to be read. */
  #hasEnded = false;
  /** When a tunnel ends because we leave. */
  #tunnelEnd: Deadline | null = null;
  /** What may still be read and thrown away. */
  #discardLeft = 0;

  constructor(plane: DataPlane, { socket, client, closed }: Accepted) {
    this.#plane = plane;
    this.#socket = socket;
    this.#closed = closed;
    this.writer = new MessageWriter(socket, plane.blocks);
    this.client = client;
    this.clientFields = clientFields(this.client);
    this.#deadline = new Deadline(plane.wheel, () => this.#expire());
    this.#exchange = new Exchange(plane, this);
    readDirectly(socket, (bytes) => this.#receive(bytes));
    socket.on('drain', () => this.#drained());
    socket.on('end', () => {
      this.#hasEnded = true;
      this.#checkEnd();
    });
    // Everything has been sent, our end too; from here the client may linger.
    socket.on('finish', () => {
      if (this.#mode === 'closing') this.#deadline.set(limits.lingerTimeoutMs);
    });
    socket.on('error', () => {});
    socket.on('close', () => this.#gone());
    this.#deadline.set(limits.headTimeoutMs);
  }

  /** We are leaving: an idle connection has its last request, a busy one answers. */
  drain(): void {
    if (this.#exchange.isTunnel) this.#endTunnelInTime();
    else if (!this.#hasBegun && this.#mode === 'head') this.#awaitIdle();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** What was held back may go on; reading it may hold the rest back again. */
  #resume(): void {
    this.#socket.resume();
    const held = this.#held;
    this.#held = null;
    if (held !== null) this.#receive(held);
  }

  /** The upstream takes more of the body: it is the client's turn again. */
  resumeBody(): void {
    if (!this.#body.isComplete) this.#awaitBody();
    this.#resume();
  }

  /** Sends what has gathered. False: the client reads slowly, and the send time-out runs. */
  flush(): boolean {
    if (this.writer.flush()) return true;
    this.#deadline.set(limits.sendTimeoutMs);
    return false;
  }

  /** The response has come to its end. */
  finishExchange(): void {
    const isTaken = this.writer.flush();
    if (!this.#exchange.keepAlive) {
      this.#closeAfterLast();
    } else if (this.#body.isComplete) {
      this.#awaitHead();
    } else {
      this.#mode = 'discard';
      this.#discardLeft = limits.discardBytesMax;
      this.#deadline.set(limits.bodyTimeoutMs);
    }
    if (!isTaken) this.#deadline.set(limits.sendTimeoutMs);
    if (this.#isReceiving) return;
    if (this.#held !== null || this.#socket.isPaused()) this.#resume();
    if (this.#held === null) this.#checkEnd();
  }

  // The response cannot be completed. A reset tells the client so, whatever its framing, but loses
  // what the kernel still holds of the responses before: where it can, the mere end has to do.
  abort(): void {
    this.#exchange.abort(CLIENT_GONE);
    if (this.#pipelines && this.#exchange.endsVisibly) this.#close();
    else this.#socket.resetAndDestroy();
  }

  /** What the client sends from here on belongs to another protocol and ends with its side. */
  beginTunnel(): void {
    this.#body.begin(UNTIL_CLOSE);
    this.#socket.setKeepAlive(true, limits.tunnelProbeMs);
    this.touchTunnel();
    this.#endTunnelInTime();
    if (this.#held !== null && !this.#isReceiving) this.#resume();
    // The client may have ended its side while it waited: that end belongs to the tunnel.
    else this.#checkEnd();
  }

  /** As if the client had ended it: the upstream hears so and ends it too. */
  #endTunnelInTime(): void {
    this.#tunnelEnd = this.#plane.endTunnelInTime(() => this.#endTunnelRequest());
  }

  #endTunnelRequest(): void {
    this.#body.endOfStream();
    this.#exchange.endTunnelRequest();
  }

  /** Something has passed in one direction or the other. */
  touchTunnel(): void {
    this.#deadline.set(limits.tunnelIdleTimeoutMs);
  }

  /** The upstream's side of a tunnel has ended, and with it ours; or both have. */
  endTunnel(): void {
    this.#socket.end();
  }

  #awaitHead(): void {
    this.#mode = 'head';
    this.#hasBegun = false;
    this.#emptyLines = 0;
    this.#awaitIdle();
  }

  #awaitIdle(): void {
    const { idleMs } = this.#plane;
    if (idleMs === 0) this.#close();
    else this.#deadline.set(idleMs);
  }

  #receive(arrived: Buffer): void {
    const bytes = this.#held === null ? arrived : Buffer.concat([this.#held, arrived]);
    this.#held = null;
    this.#headText.begin(bytes, bytes.length);
    this.#isReceiving = true;
    let at = 0;
    while (at < bytes.length && !this.#mustHold()) {
      if (this.#mode === 'head') at = this.#readHead(bytes, at);
      else if (this.#mode === 'exchange') at = this.#relayBody(bytes, at);
      else at = this.#discard(bytes, at);
    }
    this.#isReceiving = false;
    this.#headText.clear();
    if (at < bytes.length) this.#hold(bytes, at);
    if (this.#mode === 'exchange' && this.#exchange.hasUnsent) this.#flushRequest();
    this.#checkEnd();
  }

  /**
   * Whether what has arrived must wait: a request behind one that is under way, a body whose
   * upstream is not connected yet, or a request of a client that does not read the responses it
   * has.
   */
  #mustHold(): boolean {
    if (this.#mode === 'exchange') return this.#body.isComplete || !this.#exchange.takesBody;
    return this.#mode === 'head' && this.#isBehind();
  }

  #isBehind(): boolean {
    return this.#socket.writableLength > limits.writeBacklogBytesMax;
  }

  #hold(bytes: Buffer, at: number): void {
    this.#held = bytes.subarray(at);
    if (this.#body.isComplete) this.#pipelines = true;
    this.#socket.pause();
  }

  /** Reads one head and begins its exchange. Returns how far it came. */
  #readHead(bytes: Buffer, from: number): number {
    const emptyLines = countEmptyLines(bytes, from);
    const start = from + 2 * emptyLines;
    this.#emptyLines += emptyLines;
    if (this.#emptyLines > limits.leadingEmptyLinesMax) {
      return this.#refuse(refusals.requestLine, bytes);
    }
    const end = this.#headText.findEnd(bytes, bytes.length, start);
    const { text } = this.#headText;
    if (end < 0) return this.#keepHalf(bytes, text, start);
    if (end - start > limits.headBytesMax) return this.#refuse(refusals.headTooLarge, bytes);
    const head = this.#plane.requestHead;
    const refusal = head.read(bytes, text, start, end + 2);
    if (refusal !== null) return this.#refuse(refusal, bytes);
    this.#mode = 'exchange';
    this.#hasBegun = false;
    this.#body.begin(head.bodyLength);
    if (this.#body.isComplete) this.#deadline.clear();
    else this.#deadline.set(limits.bodyTimeoutMs);
    if (!hasUnusualPath(head, text)) {
      this.#exchange.begin(head, bytes, text, start);
      return end + 4;
    }
    const normal = normalHead(head, { bytes, text, start, end: end + 2 });
    if (normal === null) return this.#refuse(refusals.target, bytes);
    this.#exchange.begin(head, normal.bytes, normal.text, normal.start);
    return end + 4;
  }

  /** The rest of the head has still to come; what cannot become a valid head is refused at once. */
  #keepHalf(bytes: Buffer, text: string, start: number): number {
    if (start === bytes.length) return start;
    const refusal = refuseHalfHead(text, start, bytes.length);
    if (refusal !== null) return this.#refuse(refusal, bytes);
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      this.#deadline.set(limits.headTimeoutMs);
    }
    this.#held = bytes.subarray(start);
    return bytes.length;
  }

  #relayBody(bytes: Buffer, from: number): number {
    const body = this.#body;
    const at = body.read(bytes, from, bytes.length);
    if (body.isFaulty) return this.#refuse(refusals.chunk, bytes);
    this.#exchange.relayRequest(bytes, this.#headText.text, body.start, body.end);
    if (body.isComplete) {
      this.#exchange.endRequest();
      this.#deadline.clear();
    } else {
      this.#awaitBody();
    }
    return at;
  }

  #awaitBody(): void {
    if (this.#exchange.isTunnel) this.touchTunnel();
    else this.#deadline.set(limits.bodyTimeoutMs);
  }

  #flushRequest(): void {
    if (this.#exchange.flushRequest()) return;
    this.#socket.pause();
    this.#deadline.clear();
  }

  /**
   * Throws away an unread request body; or what a client still sends on an ended connection, until
   * its time is over: to close before would reset it, and lose what it has not read yet.
   */
  #discard(bytes: Buffer, from: number): number {
    if (this.#mode !== 'discard') return bytes.length;
    const at = this.#body.read(bytes, from, bytes.length);
    this.#discardLeft -= at - from;
    if (this.#body.isComplete) this.#awaitHead();
    else if (this.#body.isFaulty || this.#discardLeft < 0) this.#close();
    return at;
  }

  /** Answers a request that cannot be understood safely, and ends the connection. */
  #refuse(refusal: Refusal, bytes: Buffer): number {
    this.#plane.counters.increment('requestsRefused');
    const isAnswered = this.#exchange.isActive && this.#exchange.hasResponded;
    if (this.#exchange.isActive) this.#exchange.abort(refusal);
    else this.#plane.accessLog?.add(refusedLine(this.client, refusal));
    if (isAnswered) {
      this.abort();
    } else {
      const { date } = this.#plane;
      const answer = { ...refusal, isHead: false, connection: 'Connection: close\r\n', date };
      this.writer.begin(localReply(answer), false);
      this.writer.flush();
      this.#close();
    }
    return bytes.length;
  }

  #closeAfterLast(): void {
    const isAllRead = this.#body.isComplete && this.#held === null && !this.#isReceiving;
    const { bytesWritten, writableLength } = this.#socket;
    const hasLeft = writableLength === 0 && bytesWritten <= limits.lastBytesMax;
    // A client that announced its last request has no more to say. If it sends something all the
    // same, the kernel answers with a reset, and drops what it has not sent by then.
    if (this.#exchange.isLast && isAllRead && hasLeft) this.destroy();
    else this.#close();
  }

  /** Ends our side, and reads on for a while, so that the client gets what was sent before. */
  #close(): void {
    this.#mode = 'closing';
    this.#held = null;
    this.#deadline.set(limits.sendTimeoutMs);
    this.#socket.end();
    this.#socket.resume();
  }

  /** The client has read what was waiting for it. */
  #drained(): void {
    if (this.#mode === 'exchange') {
      if (this.#body.isComplete) this.#deadline.clear();
      else this.#awaitBody();
      this.#exchange.downstreamDrained();
    } else if (this.#mode === 'head') {
      this.#deadline.set(this.#plane.idleMs);
      if (this.#held !== null && !this.#hasBegun) this.#resume();
    }
  }

  /** The client sends no more. It may still read: what it has asked for is answered. */
  #checkEnd(): void {
    if (!this.#hasEnded || (this.#held !== null && !this.#hasBegun)) return;
    if (this.#mode !== 'exchange') {
      if (this.#mode !== 'closing') this.#close();
    } else if (this.#exchange.isTunnel) {
      this.#endTunnelRequest();
    } else {
      this.#exchange.keepAlive = false;
      if (!this.#body.isComplete) this.abort();
    }
  }

  #expire(): void {
    if (this.#socket.writableLength > 0 || this.#mode === 'closing' || this.#mode === 'discard') {
      this.#socket.destroy();
    } else if (this.#exchange.isTunnel) {
      this.abort();
    } else if (this.#mode === 'exchange') {
      this.#refuse(refusals.bodyTimeout, Buffer.alloc(0));
    } else if (this.#hasBegun) {
      this.#refuse(refusals.headTimeout, Buffer.alloc(0));
    } else {
      this.#close();
    }
  }

  #gone(): void {
    this.#deadline.drop();
    this.#tunnelEnd?.drop();
    this.#exchange.abort(CLIENT_GONE);
    this.#closed(this);
  }
}

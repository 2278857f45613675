// An upstream that takes requests apart by itself, checks that each is the one that was sent, whole
// and once, and answers as the request's script says.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Endpoint } from '#plan/endpoint-plan.ts';
import { seededRandom } from '../seeded-random.ts';
import { answerOf } from './answers.ts';
import type { Findings } from './findings.ts';
import type { FuzzRequest } from './random-request.ts';
import { fieldValues, findHead, framingOf, type RawHead, readBody } from './raw-message.ts';
import type { SentRequests } from './sent-requests.ts';
import { turnUntil } from './write-pieces.ts';

/** What the upstreams of one run know of the requests, and tell each other. */
export interface Ledger {
  readonly findings: Findings;
  readonly requests: SentRequests;
  readonly areBytes: boolean;
}

export class ScriptedUpstream implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #ledger: Ledger;

  private constructor(ledger: Ledger) {
    this.#ledger = ledger;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      new UpstreamPeer(socket, ledger);
    });
  }

  static async start(ledger: Ledger): Promise<ScriptedUpstream> {
    const upstream = new ScriptedUpstream(ledger);
    upstream.#server.listen(0, '127.0.0.1');
    await once(upstream.#server, 'listening');
    return upstream;
  }

  get endpoint(): Endpoint {
    return { address: '127.0.0.1', port: (this.#server.address() as AddressInfo).port };
  }

  /** The proxy is gone by then, and must have closed what it had opened. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    const isClosed = await turnUntil(() => this.#sockets.size === 0, 2_000);
    if (!isClosed) this.#ledger.findings.report(`${this.#sockets.size} connections stay open`);
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** One connection of the proxy. */
class UpstreamPeer {
  readonly #socket: Socket;
  readonly #ledger: Ledger;
  /** What has arrived of the message in progress. */
  #text = '';
  #head: RawHead | null = null;
  #request: FuzzRequest | null = null;
  /** Answers go one after another. */
  #answers = Promise.resolve();
  #isOver = false;
  #isTunnel = false;

  constructor(socket: Socket, ledger: Ledger) {
    this.#socket = socket;
    this.#ledger = ledger;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#receive(text));
    socket.on('end', () => socket.end());
    socket.on('error', () => {});
  }

  #receive(text: string): void {
    if (this.#isTunnel) {
      this.#socket.write(text, 'latin1');
      return;
    }
    this.#text += text;
    try {
      while (!this.#isOver && this.#read());
    } catch (error) {
      this.#isOver = true;
      this.#ledger.findings.report(`upstream: ${error}, ${JSON.stringify(this.#head)}`);
    }
  }

  /** Whether it has taken a whole request, so that another may follow. */
  #read(): boolean {
    if (this.#request === null) this.#begin();
    const [head, request] = [this.#head, this.#request];
    if (head === null || request === null) return false;
    if (request.isUpgrade) {
      this.#switch(head, request);
      return false;
    }
    const framing = framingOf(head);
    const body = readBody(this.#text, head.end, framing === 'unsaid' ? 0 : framing);
    if (body === null) return false;
    if (request.fate === 'broken') throw new Error('a broken request is complete');
    if (body.content !== request.content) {
      throw new Error(`body of ${body.content.length}, not ${request.content.length}, or another`);
    }
    if (!/^(x-trailer: 1\r\n)?$/i.test(body.trailers)) throw new Error(`odd ${body.trailers}`);
    this.#text = this.#text.slice(body.end);
    this.#head = this.#request = null;
    if (!isEarly(request)) this.#answer(request);
    return true;
  }

  #begin(): void {
    const head = findHead(this.#text, 0);
    if (head === null) return;
    this.#head = head;
    const [, method, id] = /^(\S+) \/r(\d+)(?:\?q)? HTTP\/1\.1$/.exec(head.line) ?? [];
    const request = this.#ledger.requests.get(Number(id));
    if (request === undefined || request.method !== method) throw new Error('nobody sent this');
    if (request.fate === 'unrouted' || request.fate === 'refused') throw new Error(request.fate);
    this.#request = request;
    if (fieldValues(head, 'x-id').join() !== id) throw new Error('the wrong X-Id');
    if (/smuggled/.test(head.fields)) throw new Error('a field that ends at the proxy');
    if (fieldValues(head, 'connection').join() !== (request.isUpgrade ? 'Upgrade' : '')) {
      throw new Error('the wrong Connection');
    }
    const arrivals = this.#ledger.requests.arrive(request.id);
    const isRepeatable = request.method !== 'POST' && request.content === '';
    if (arrivals > 1 && !isRepeatable && !request.isUpgrade) throw new Error('sent again');
    if (isEarly(request)) this.#answer(request);
    else if (fieldValues(head, 'expect').length > 0) this.#write('HTTP/1.1 100 Continue\r\n\r\n');
  }

  #write(text: string): void {
    this.#answers = this.#answers.then(() => {
      if (this.#socket.writable) this.#socket.write(text, 'latin1');
    });
  }

  #answer(request: FuzzRequest): void {
    const { isLast = false, write } = answerOf(request);
    if (isLast) this.#isOver = true;
    const random = seededRandom(request.id * 1_000 + request.answerSize);
    const pieces = { random, areBytes: this.#ledger.areBytes };
    this.#answers = this.#answers.then(async () => {
      await write({ socket: this.#socket, request, pieces });
      if (isLast) this.#socket.end();
    });
  }

  /** Behind an earlier answer, since requests come one at a time, nothing is under way here. */
  #switch(head: RawHead, request: FuzzRequest): void {
    this.#isTunnel = true;
    const fields = `X-Id: ${request.id}\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n`;
    this.#socket.write(`HTTP/1.1 101 Switching\r\n${fields}`, 'latin1');
    const early = this.#text.slice(head.end);
    if (early !== '') this.#socket.write(early, 'latin1');
  }
}

function isEarly(request: FuzzRequest): boolean {
  return answerOf(request).isEarly === true && request.content !== '' && !request.isUpgrade;
}

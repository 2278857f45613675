// A client that sends a few requests in pieces, may leave at any moment, and checks that it gets
// exactly the answers to them, in order and whole, and that the connection ends when it must.

import { connect, type Socket } from 'node:net';
import type { Random } from '../seeded-random.ts';
import { answerContent, answerOf, type Outcome } from './answers.ts';
import type { Findings } from './findings.ts';
import type { Fate, FuzzRequest } from './random-request.ts';
import { fieldValues } from './raw-message.ts';
import { type ReadResponse, readResponse } from './read-response.ts';
import { turn, turnUntil, writePieces } from './write-pieces.ts';

/** Far above what an answer takes, so that only a hang meets it. */
const HANG_MS = 5_000;

const REFUSALS = [400, 501, 505];

/** Which statuses the proxy itself may answer with, by what is the matter. */
const LOCAL_STATUSES: Readonly<Record<Exclude<Fate, 'forwarded'> | Outcome, readonly number[]>> = {
  unrouted: [404],
  refused: REFUSALS,
  // A connection that the upstream has just closed may take a request that must not be repeated.
  broken: [...REFUSALS, 502],
  whole: [502],
  none: [502],
  cut: [502],
  excess: [502],
};

/**
 * How a client behaves. `leaves`: goes away somewhere in the middle. `ends`: ends its side after
 * its last request. `pipelines`: sends all at once. `waits`: for each answer before the next.
 */
type Manner = 'leaves' | 'ends' | 'pipelines' | 'waits';
const MANNERS = ['leaves', 'ends', 'ends', 'pipelines', 'pipelines', 'waits', 'waits', 'waits'];

export interface Setting {
  readonly port: number;
  readonly findings: Findings;
  readonly areBytes: boolean;
  /** The proxy is leaving: it may end any connection between two responses. */
  isDraining: boolean;
  /** Some endpoints do not answer at all: any request may be one that none is left for. */
  readonly hasDeadEndpoints?: boolean;
}

export class FuzzClient {
  readonly #random: Random;
  readonly #requests: readonly FuzzRequest[];
  readonly #setting: Setting;
  readonly #socket: Socket;
  #text = '';
  /** Up to where `#text` is read, and how many final responses were in it. */
  #at = 0;
  #answered = 0;
  #hasEnded = false;
  /** A reset: what came before it is not all there was. */
  #wasReset = false;
  /** All that may come has come. */
  #isDone = false;
  #mustEnd = false;
  #isTunnel = false;

  constructor(random: Random, requests: readonly FuzzRequest[], setting: Setting) {
    this.#random = random;
    this.#requests = requests;
    this.#setting = setting;
    const { port } = setting;
    this.#socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => {
      this.#text += text;
      this.#read();
    });
    this.#socket.on('end', () => this.#end());
    this.#socket.on('error', () => {
      this.#wasReset = true;
    });
    this.#socket.on('close', () => this.#end());
  }

  /** Resolves when all is answered and checked, or the client has left. */
  async run(): Promise<void> {
    const manner = this.#random.pick(MANNERS) as Manner;
    if (manner === 'leaves') {
      await this.#leave();
      return;
    }
    if (manner === 'waits') await this.#askInTurn();
    else await this.#write(this.#all());
    const isUpgrade = this.#requests.at(-1)?.isUpgrade === true;
    if (manner === 'ends' || isUpgrade) this.#socket.end();
    if (!(await turnUntil(() => this.#isDone || this.#hasEnded, HANG_MS))) {
      this.#report('hangs');
    }
    if (this.#mustEnd && !(await turnUntil(() => this.#hasEnded, HANG_MS))) {
      this.#report('the connection does not end');
    }
    if (this.#hasEnded && !this.#isDone) this.#checkCut();
    this.#socket.destroy();
  }

  #all(): string {
    return this.#requests.map(({ bytes }) => bytes).join('');
  }

  #write(text: string): Promise<void> {
    return writePieces(this.#socket, text, {
      random: this.#random,
      areBytes: this.#setting.areBytes,
    });
  }

  async #leave(): Promise<void> {
    const all = this.#all();
    await this.#write(all.slice(0, this.#random.below(all.length)));
    for (let turns = this.#random.below(20); turns > 0; turns -= 1) await turn();
    this.#isDone = true;
    if (this.#random.below(3) === 0) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
    this.#setting.findings.count('the client leaves');
  }

  async #askInTurn(): Promise<void> {
    for (const [index, { bytes }] of this.#requests.entries()) {
      await this.#write(bytes);
      if (index === this.#requests.length - 1) return;
      const isAnswered = () => this.#answered > index || this.#hasEnded || this.#isDone;
      if (!(await turnUntil(isAnswered, HANG_MS))) return;
    }
  }

  #end(): void {
    this.#hasEnded = true;
    this.#read();
  }

  #read(): void {
    try {
      while (!this.#isDone && this.#readOne());
    } catch (error) {
      this.#isDone = true;
      this.#report(String(error));
      this.#socket.destroy();
    }
  }

  /** Whether there was a response to read. */
  #readOne(): boolean {
    const request = this.#requests[this.#answered];
    if (this.#isTunnel || request === undefined) {
      this.#readRest(request);
      return false;
    }
    const received = {
      text: this.#text,
      start: this.#at,
      hasEnded: this.#hasEnded && !this.#wasReset,
    };
    const response = readResponse(received, request);
    if (response === null) return false;
    this.#at = response.end;
    if (response.status === 101) {
      if (!request.isUpgrade) throw new Error('an upgrade that nobody asked for');
      this.#isTunnel = true;
    } else if (response.status < 200) {
      if (request.isHttp10) throw new Error('an interim response to HTTP/1.0');
    } else {
      this.#check(request, response);
    }
    return true;
  }

  /** What follows the last response: nothing, or what went through the tunnel and came back. */
  #readRest(request: FuzzRequest | undefined): void {
    const rest = this.#text.slice(this.#at);
    if (request === undefined) {
      this.#isDone = true;
      if (rest !== '') throw new Error(`bytes behind the last response: ${quoted(rest)}`);
    } else if (!request.content.startsWith(rest)) {
      throw new Error('the tunnel gives other bytes than were sent');
    } else if (this.#hasEnded) {
      if (rest !== request.content) throw new Error(`the tunnel was cut at ${rest.length}`);
      this.#isDone = true;
      this.#setting.findings.count('a tunnel, whole');
    }
  }

  #check(request: FuzzRequest, response: ReadResponse): void {
    const { outcome, status = 200 } = answerOf(request);
    this.#setting.findings.count(`${response.status} to ${request.fate} ${request.answer}`);
    if (response.isLocal) this.#checkLocal(request, response);
    else if (request.fate !== 'forwarded') throw new Error(`${request.fate} and yet answered`);
    else if (outcome === 'none' || outcome === 'cut') {
      // A bodiless answer has nothing that could be cut.
      if (request.method !== 'HEAD') throw new Error(`${request.answer} became a response`);
    } else {
      if (response.status !== status) throw new Error(`${response.status}, not ${status}`);
      const content = request.method === 'HEAD' || status !== 200 ? '' : answerContent(request);
      if (response.content !== content) {
        throw new Error(`a body of ${response.content.length}, not ${content.length}, or another`);
      }
    }
    const [id] = fieldValues(response.head, 'x-id');
    if (!response.isLocal && Number(id) !== request.id) throw new Error(`the answer to ${id}`);
    this.#answered += 1;
    // Behind a 502 or 503 the body is still read, and found to be broken only then.
    const isReadOn = request.fate === 'broken' && response.status > 501;
    const mustClose = request.asksForEnd && !request.isUpgrade && !isReadOn;
    if (mustClose && !response.closes) throw new Error('the connection stays open');
    if (response.closes) this.#finish();
    // What was meant for the tunnel is taken for a request, and refused.
    else if (request.isUpgrade) this.#isDone = true;
  }

  #checkLocal(request: FuzzRequest, { status }: ReadResponse): void {
    const { outcome } = answerOf(request);
    const matter = request.fate === 'forwarded' ? outcome : request.fate;
    const { hasDeadEndpoints = false } = this.#setting;
    const isForwarded = request.fate === 'forwarded' || request.fate === 'broken';
    if (hasDeadEndpoints && isForwarded && status > 501) return;
    if (!LOCAL_STATUSES[matter].includes(status)) throw new Error(`${status} of our own`);
    if (matter === 'whole' && isRepeatable(request)) {
      throw new Error(`${status} although it could have been sent again`);
    }
  }

  /** The connection ends here, whatever was still asked. */
  #finish(): void {
    this.#isDone = this.#mustEnd = true;
    if (this.#text.length > this.#at) throw new Error('bytes behind Connection: close');
  }

  /** The connection has ended in front of a response or in the middle of one. */
  #checkCut(): void {
    const request = this.#requests[this.#answered]!;
    const { outcome } = answerOf(request);
    const mayBeCut = request.fate === 'forwarded' && (outcome === 'cut' || outcome === 'excess');
    if (mayBeCut) this.#setting.findings.count(`cut ${request.answer}`);
    else if (!this.#setting.isDraining)
      this.#report(this.#wasReset ? 'is reset' : 'ends too early');
  }

  #report(problem: string): void {
    this.#setting.findings.report(`client: ${problem}, at ${this.#state()}`);
  }

  #state(): string {
    const requests = this.#requests.map(({ method, fate, answer, content }, index) => {
      const mark = index === this.#answered ? '> ' : '';
      return `${mark}${method} ${fate} ${content.length} ${answer}`;
    });
    return `${requests.join(', ')}: ${quoted(this.#text.slice(this.#at))}`;
  }
}

/** RFC 9110 9.2.2: the proxy may send it again, and so it must. */
function isRepeatable({ method, content }: FuzzRequest): boolean {
  return method !== 'POST' && method !== 'PUT' && content === '';
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}

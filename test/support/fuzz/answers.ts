// The ways in which a scripted upstream answers, good and bad, and what the client may get of each.

import type { Socket } from 'node:net';
import type { FuzzRequest } from './random-request.ts';
import { randomChunks } from './random-text.ts';
import { type Pieces, turn, writePieces } from './write-pieces.ts';

/**
 * `whole`: the client gets the response. `none`: it is not one, so 502. `cut`: it breaks off, so
 * 502 or a connection that ends visibly too early. `excess`: whole, with something behind it that
 * nobody may get; what becomes of the response itself depends on when that is noticed.
 */
export type Outcome = 'whole' | 'none' | 'cut' | 'excess';

export interface Answering {
  readonly socket: Socket;
  readonly request: FuzzRequest;
  readonly pieces: Pieces;
}

interface Answer {
  readonly outcome: Outcome;
  /** The upstream ends the connection behind it. */
  readonly isLast?: boolean;
  /** It comes before the request's body. */
  readonly isEarly?: boolean;
  readonly status?: number;
  readonly write: (answering: Answering) => Promise<void>;
}

const EVIL = 'HTTP/1.1 200 OK\r\nX-Id: 777777\r\nContent-Length: 4\r\n\r\nevil';

/** What the client must get as the body of a 200. */
export function answerContent({ id, answerSize }: FuzzRequest): string {
  const mark = `<${id}>`;
  return mark.repeat(Math.ceil(answerSize / mark.length)).slice(0, answerSize);
}

function head({ request }: Answering, line: string, ...fields: string[]): string {
  return `${line}\r\nX-Id: ${request.id}\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`;
}

/** The content, or nothing to HEAD. */
function sent({ request }: Answering): string {
  return request.method === 'HEAD' ? '' : answerContent(request);
}

function withLength(answering: Answering, line = OK, ...fields: string[]): string {
  const length = `Content-Length: ${answering.request.answerSize}`;
  return head(answering, line, length, ...fields) + sent(answering);
}

const OK = 'HTTP/1.1 200 OK';

function write({ socket, pieces }: Answering, text: string): Promise<void> {
  return writePieces(socket, text, pieces);
}

function writeLength(answering: Answering): Promise<void> {
  return write(answering, withLength(answering));
}

function writeChunked(answering: Answering): Promise<void> {
  const { request, pieces } = answering;
  const body = request.method === 'HEAD' ? '' : randomChunks(pieces.random, sent(answering));
  return write(answering, head(answering, OK, 'Transfer-Encoding: chunked') + body);
}

async function writeInterims(answering: Answering): Promise<void> {
  const interim = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n';
  await write(answering, interim.repeat(1 + answering.pieces.random.below(3)));
  await writeLength(answering);
}

async function writeSlowly(answering: Answering): Promise<void> {
  for (let turns = 0; turns < 30; turns += 1) await turn();
  await writeLength(answering);
}

/** The last byte and the excess go together, so that no request can come between them. */
async function writeExcess(answering: Answering): Promise<void> {
  const text = withLength(answering);
  await write(answering, text.slice(0, -1));
  if (answering.socket.writable) answering.socket.write(text.slice(-1) + EVIL, 'latin1');
}

async function drop({ socket, pieces }: Answering): Promise<void> {
  if (pieces.random.below(2) === 0) socket.resetAndDestroy();
}

async function writeTruncated(answering: Answering): Promise<void> {
  const length = answering.request.answerSize + 10;
  await write(answering, head(answering, OK, `Content-Length: ${length}`) + sent(answering));
}

async function writeTruncatedChunks(answering: Answering): Promise<void> {
  await write(answering, `${head(answering, OK, 'Transfer-Encoding: chunked')}20\r\nabc`);
}

function writeUntilClose(answering: Answering): Promise<void> {
  return write(answering, head(answering, OK) + sent(answering));
}

function writeHttp10(answering: Answering): Promise<void> {
  return write(answering, withLength(answering, 'HTTP/1.0 200 OK'));
}

function writeClosing(answering: Answering): Promise<void> {
  return write(answering, withLength(answering, OK, 'Connection: close'));
}

function write204(answering: Answering): Promise<void> {
  return write(answering, head(answering, 'HTTP/1.1 204 No Content'));
}

function write304(answering: Answering): Promise<void> {
  return write(answering, head(answering, 'HTTP/1.1 304 Not Modified', 'Content-Length: 77'));
}

function writeGarbage(answering: Answering): Promise<void> {
  return write(answering, 'HTTP/1.1 xx\r\n\r\n');
}

export const ANSWERS = {
  length: { outcome: 'whole', write: writeLength },
  chunked: { outcome: 'whole', write: writeChunked },
  slow: { outcome: 'whole', write: writeSlowly },
  interim: { outcome: 'whole', write: writeInterims },
  early: { outcome: 'whole', isEarly: true, write: writeLength },
  earlyChunked: { outcome: 'whole', isEarly: true, write: writeChunked },
  untilClose: { outcome: 'whole', isLast: true, write: writeUntilClose },
  http10: { outcome: 'whole', isLast: true, write: writeHttp10 },
  closing: { outcome: 'whole', isLast: true, write: writeClosing },
  /** Nothing tells that the connection ends: the next request may meet it. */
  closesSilently: { outcome: 'whole', isLast: true, write: writeLength },
  noContent: { outcome: 'whole', status: 204, write: write204 },
  notModified: { outcome: 'whole', status: 304, write: write304 },
  drop: { outcome: 'none', isLast: true, write: drop },
  garbage: { outcome: 'none', write: writeGarbage },
  truncated: { outcome: 'cut', isLast: true, write: writeTruncated },
  truncatedChunks: { outcome: 'cut', isLast: true, write: writeTruncatedChunks },
  excess: { outcome: 'excess', write: writeExcess },
} as const satisfies Record<string, Answer>;

export type AnswerName = keyof typeof ANSWERS;
export const ANSWER_NAMES = Object.keys(ANSWERS) as AnswerName[];

export function answerOf(request: FuzzRequest): Answer {
  return ANSWERS[request.answer];
}

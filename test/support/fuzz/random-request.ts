// Requests that a seed decides, each with the fate that it must meet: what the client sends, what
// the upstream must see of it, and how that will answer.

import type { Random } from '../seeded-random.ts';
import { ANSWER_NAMES, type AnswerName } from './answers.ts';
import { randomChunks, randomContent, STOWAWAY, shuffled } from './random-text.ts';

/**
 * `forwarded`: the upstream gets it whole. `unrouted`: 404. `refused`: 4xx and the end of the
 * connection, nothing reaches an upstream. `broken`: the same, but its head is forwarded before the
 * body turns out to be malformed; the upstream must not see it complete.
 */
export type Fate = 'forwarded' | 'unrouted' | 'refused' | 'broken';

export interface FuzzRequest {
  /** In its target and its X-Id field; answers carry it back. */
  readonly id: number;
  readonly method: string;
  readonly fate: Fate;
  /** As the client sends it. */
  readonly bytes: string;
  /** Its body without framing; for an upgrade, what goes through the tunnel. */
  readonly content: string;
  readonly isUpgrade: boolean;
  readonly isHttp10: boolean;
  /** It asks for the end of the connection, in words or by its version. */
  readonly asksForEnd: boolean;
  readonly answer: AnswerName;
  readonly answerSize: number;
}

interface Kind {
  readonly method: string;
  readonly body: 'none' | 'length' | 'chunked';
  readonly host: string;
}

const ROUTED = 'a.example';
const UNROUTED = 'unknown.example';
const KINDS: readonly Kind[] = [
  { method: 'GET', body: 'none', host: ROUTED },
  { method: 'GET', body: 'none', host: ROUTED },
  { method: 'GET', body: 'none', host: ROUTED },
  { method: 'HEAD', body: 'none', host: ROUTED },
  { method: 'DELETE', body: 'none', host: ROUTED },
  { method: 'POST', body: 'length', host: ROUTED },
  { method: 'POST', body: 'chunked', host: ROUTED },
  { method: 'PUT', body: 'length', host: ROUTED },
  { method: 'GET', body: 'none', host: UNROUTED },
  { method: 'POST', body: 'length', host: UNROUTED },
  { method: 'POST', body: 'chunked', host: UNROUTED },
];

/** Each makes a well-formed head one that must be refused. */
const SPOILERS: readonly ((bytes: string) => string)[] = [
  (bytes) => bytes.replace('X-Id', 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\nX-Id'),
  (bytes) => bytes.replace('X-Id:', 'X-Id :'),
  (bytes) => bytes.replace(' HTTP/1.', '  HTTP/1.'),
  (bytes) => bytes.replace('X-Id', 'Host: b\r\nX-Id'),
  (bytes) => bytes.replace('X-Id', ' folded\r\nX-Id'),
  (bytes) => bytes.replace('\r\nX-Id', '\nX-Id'),
  (bytes) => bytes.replace('X-Id', 'X-\0: 1\r\nX-Id'),
  (bytes) => bytes.replace(' HTTP/1.', ' HTTP/2.'),
];

/** `isLast`: nothing follows on its connection, so it may end it, spoil it or leave HTTP. */
export function randomRequest(random: Random, id: number, isLast: boolean): FuzzRequest {
  const ending = isLast ? random.below(16) : -1;
  if (ending === 0) return brokenRequest(random, id);
  if (ending === 1) return upgradeRequest(random, id);
  const request = wholeRequest(random, id, isLast);
  if (ending < 2 || ending > 4) return request;
  const bytes = random.pick(SPOILERS)(request.bytes) + STOWAWAY;
  return { ...request, fate: 'refused', bytes, asksForEnd: true };
}

function wholeRequest(random: Random, id: number, isLast: boolean): FuzzRequest {
  const { method, body, host } = random.pick(KINDS);
  const size = random.pick([0, 1, 5, 100, 4_000, 5_000, 20_000, 70_000, 200_000]);
  const content = body === 'none' ? '' : randomContent(random, size);
  const isHttp10 = isLast && body !== 'chunked' && random.below(5) === 0;
  const asksForEnd = isLast && random.below(3) === 0;
  const fields = [`Host: ${host}\r\n`, `X-Id: ${id}\r\n`];
  if (random.below(8) === 0) fields.push(`X-Pad: ${'p'.repeat(random.pick(PAD_SIZES))}\r\n`);
  if (random.below(5) === 0) fields.push('Connection: x-hop, te\r\nX-Hop: smuggled\r\n');
  if (body === 'chunked') fields.push('Transfer-Encoding: chunked\r\n');
  if (body === 'length') fields.push(`Content-Length: ${content.length}\r\n`);
  if (asksForEnd) fields.push('Connection: close\r\n');
  if (body !== 'none' && random.below(6) === 0) fields.push('Expect: 100-continue\r\n');
  const emptyLine = random.below(10) === 0 ? '\r\n' : '';
  const authority = random.below(6) === 0 ? `http://${host}` : '';
  const query = random.below(3) === 0 ? '?q' : '';
  const line = `${method} ${authority}/r${id}${query} HTTP/1.${isHttp10 ? 0 : 1}\r\n`;
  const head = `${emptyLine}${line}${shuffled(random, fields).join('')}\r\n`;
  return {
    ...answered(random, id),
    method,
    fate: host === ROUTED ? 'forwarded' : 'unrouted',
    bytes: head + (body === 'chunked' ? randomChunks(random, content) : content),
    content,
    isHttp10,
    asksForEnd: asksForEnd || isHttp10,
  };
}

/** Around the sizes at which heads are read in another way. */
const PAD_SIZES = [100, 3_900, 4_000, 4_096, 6_000];

function answered(random: Random, id: number) {
  const answerSize = random.pick([0, 1, 10, 4_000, 20_000, 70_000, 150_000]);
  return { id, answer: random.pick(ANSWER_NAMES), answerSize, isUpgrade: false };
}

/** A chunk whose size is no number, behind one that is forwarded. */
function brokenRequest(random: Random, id: number): FuzzRequest {
  const head = `POST /r${id} HTTP/1.1\r\nHost: ${ROUTED}\r\nX-Id: ${id}\r\n`;
  const body = `Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n${STOWAWAY}`;
  return {
    ...answered(random, id),
    method: 'POST',
    fate: 'broken',
    bytes: head + body,
    content: '',
    isHttp10: false,
    asksForEnd: true,
    answer: 'length',
  };
}

/**
 * The content follows at once: the proxy has to keep it until the upstream has agreed. It never is
 * a request, even where the upgrade is refused.
 */
function upgradeRequest(random: Random, id: number): FuzzRequest {
  const size = random.pick([0, 1, 100, 5_000, 70_000, 200_000]);
  const content = `\0${randomContent(random, size)}`.slice(0, size);
  const fields = shuffled(random, [
    `Host: ${ROUTED}\r\n`,
    `X-Id: ${id}\r\n`,
    'Connection: upgrade\r\n',
    'Upgrade: echo\r\n',
  ]);
  return {
    ...answered(random, id),
    method: 'GET',
    fate: 'forwarded',
    bytes: `GET /r${id} HTTP/1.1\r\n${fields.join('')}\r\n${content}`,
    content,
    isUpgrade: true,
    isHttp10: false,
    asksForEnd: true,
  };
}

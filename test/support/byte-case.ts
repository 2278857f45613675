// One case of the byte suite: the rule that it is for, and the steps that show it. The shapes that
// most cases have are built here, so that their tables hold nothing but bytes.

import {
  accepted,
  breaksUpstream,
  client,
  endsClient,
  endsUpstream,
  GET,
  HOST,
  head,
  OK,
  ours,
  reply,
  type Step,
  toClient,
  toUpstream,
  upstream,
} from './byte-stage.ts';
import type { ProxyOptions } from './proxy-fixture.ts';

export interface ByteCase {
  /** A section, `RFC 9112 3.2`; or `Headgate` for what no RFC says. */
  readonly rule: string;
  /** A sentence without its end. */
  readonly name: string;
  readonly steps: readonly Step[];
  readonly options?: Partial<ProxyOptions>;
}

/** Stands behind what is refused, and must never reach an upstream. */
const SMUGGLED = head('GET /smuggled HTTP/1.1', HOST);
const NEXT = head('GET /next HTTP/1.1', HOST);

/** Both sides agree on where the exchange ended: another one follows on the same connections. */
const nextOne: readonly Step[] = [
  client(NEXT),
  toUpstream(head('GET /next HTTP/1.1', HOST, ours())),
  upstream(OK),
  toClient(OK),
  accepted(1),
];

export function script(rule: string, name: string, ...steps: readonly Step[]): ByteCase {
  return { rule, name, steps };
}

/** The client sends `bytes`, the upstream gets exactly `expected`. */
export function forwards(rule: string, name: string, bytes: string, expected: string): ByteCase {
  const steps = [client(bytes), toUpstream(expected), upstream(OK), toClient(OK)];
  return script(rule, name, ...steps, ...nextOne);
}

/** The client gets an exact error and the end of its connection, the upstream nothing. */
export function refuses(
  rule: string,
  name: string,
  bytes: string,
  [status, message]: readonly [number, string],
): ByteCase {
  const steps = [client(bytes + SMUGGLED), toClient(reply(status, message)), endsClient];
  return script(rule, name, ...steps, accepted(0));
}

const CHUNKED = head('POST / HTTP/1.1', HOST, 'Transfer-Encoding: chunked');

/** A request in chunks breaks off in `body`: the client gets 400, the upstream no whole request. */
export function breaksOff(rule: string, name: string, body: string): ByteCase {
  const answer = toClient(reply(400, 'malformed chunked body'));
  return script(rule, name, client(CHUNKED + body + SMUGGLED), answer, endsClient, breaksUpstream);
}

/** The upstream answers with `bytes`, the client gets exactly `expected`. */
export function answers(
  rule: string,
  name: string,
  bytes: string,
  expected: string,
  method = 'GET',
): ByteCase {
  const request = head(`${method} / HTTP/1.1`, HOST);
  const forwarded = head(`${method} / HTTP/1.1`, HOST, ours());
  const steps = [client(request), toUpstream(forwarded), upstream(bytes), toClient(expected)];
  return script(rule, name, ...steps, ...nextOne);
}

/** The upstream's answer is invalid: 502, and its connection is not used again. */
export function fails(rule: string, name: string, bytes: string): ByteCase {
  const forwarded = toUpstream(head('GET / HTTP/1.1', HOST, ours()));
  const bad = toClient(reply(502, 'the upstream sent an invalid response', ''));
  const again = [client(GET), forwarded, upstream(OK), toClient(OK), accepted(2)];
  return script(rule, name, client(GET), forwarded, upstream(bytes), bad, endsUpstream, ...again);
}

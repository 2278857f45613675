// v1 Events, as `kubectl describe` and `kubectl get events` show them: their names, which follow
// from what they tell, and their bodies. Whether one is needed is decided elsewhere.

import { contentDigest } from '#base/hash.ts';
import { limits } from '#base/limits.ts';
import type { ObjectRef } from '#base/problem.ts';
import type { Notice } from './event-ledger.ts';
import { KINDS } from './kinds.ts';
import { Reader } from './reader.ts';

export interface EventName {
  readonly namespace: string;
  readonly name: string;
}

export interface Reporter {
  /** The controller that reports, such as `headgate.dev/ingress-controller`. */
  readonly controller: string;
  /** The process that reports. */
  readonly instance: string;
}

const HASH_DIGITS = 16;
/** Leaves room for the hash and the ending within the 253 characters of a name. */
const NAME_PART_MAX = 200;
const MS_PER_SECOND = 1_000;

/**
 * The same Problem has the same name in every process and after every restart, so that the API
 * server itself refuses to have it told twice. That it is mended has a name beside it.
 */
export function eventName(notice: Notice): EventName {
  const { object, uid, field, reason, message } = notice;
  const identity = JSON.stringify([object.kind, object.namespace, object.name, uid, field, reason]);
  const digest = contentDigest(identity).slice(0, HASH_DIGITS);
  const part = object.name.slice(0, NAME_PART_MAX).replace(/[^a-z0-9]$/, '0');
  const ending = message === null ? '-resolved' : '';
  return { namespace: namespaceOf(object), name: `${part}.${digest}${ending}` };
}

/** The object to create. `wallMs` is the time of day in milliseconds since 1970. */
export function eventBody(notice: Notice, writer: Reporter, wallMs: number): unknown {
  const { object, uid } = notice;
  const { kind, namespace, name } = object;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: eventName(notice),
    involvedObject: {
      kind,
      name,
      // By its absence `kubectl describe` finds the events of what is in no namespace.
      ...(namespace === '' ? {} : { namespace }),
      apiVersion: KINDS.find((one) => one.kind === kind)?.apiVersion ?? '',
      ...(uid === null ? {} : { uid }),
    },
    ...whatItSays(notice),
    count: 1,
    firstTimestamp: seconds(wallMs),
    lastTimestamp: seconds(wallMs),
    source: { component: writer.controller },
    reportingComponent: writer.controller,
    reportingInstance: writer.instance,
  };
}

/** What is read of an Event that is there already. */
export interface ToldEvent {
  readonly message: string;
  readonly count: number;
  /** When it was told last, in milliseconds since 1970. */
  readonly lastAtMs: number;
}

export function parseEvent(value: unknown): ToldEvent {
  const event = Reader.of(value, []);
  return {
    message: event.at('message').optionalString() ?? '',
    count: event.at('count').optionalCount() ?? 0,
    lastAtMs: event.at('lastTimestamp').optionalTimestampMs() ?? 0,
  };
}

/** Whether `event`, which is there already, tells `notice`, and nothing later says it is mended. */
export function isTold(notice: Notice, event: ToldEvent, resolved: ToldEvent | null): boolean {
  const isMended = resolved !== null && resolved.lastAtMs > event.lastAtMs;
  return !isMended && event.message === whatItSays(notice).message;
}

/** A JSON merge patch that tells an Event once more. */
export function repeatPatch(notice: Notice, { count }: ToldEvent, wallMs: number): unknown {
  return { ...whatItSays(notice), count: count + 1, lastTimestamp: seconds(wallMs) };
}

function whatItSays({ field, reason, message }: Notice) {
  const named = field === '' ? '' : `${field}: `;
  // Some messages name the field themselves.
  const place = message?.startsWith(named) ? '' : named;
  if (message === null) {
    return { type: 'Normal', reason: 'Resolved', message: cut(`${place}${reason} is resolved`) };
  }
  return { type: 'Warning', reason, message: cut(`${place}${message}`) };
}

function cut(message: string): string {
  const isLong = message.length > limits.eventMessageCharsMax;
  return isLong ? `${message.slice(0, limits.eventMessageCharsMax - 3)}...` : message;
}

/** Events about objects of the whole cluster are kept where Kubernetes keeps its own. */
function namespaceOf({ namespace }: ObjectRef): string {
  return namespace === '' ? 'default' : namespace;
}

/** RFC 3339 in whole seconds, the form of a metav1.Time. */
function seconds(wallMs: number): string {
  const wholeMs = Math.floor(wallMs / MS_PER_SECOND) * MS_PER_SECOND;
  return new Date(wholeMs).toISOString().replace('.000Z', 'Z');
}

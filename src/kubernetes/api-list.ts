// What the API server sends: pages of a list and events of a watch, from unknown JSON to what they
// mean. Objects inside stay unknown.

/** The server sent something that is not what its API says. */
export class MalformedAnswerError extends Error {}

export interface ListPage {
  readonly items: readonly unknown[];
  /** The version of the whole list, to watch from. */
  readonly resourceVersion: string;
  /** Asks for the next page; null on the last one. */
  readonly continueToken: string | null;
}

export type WatchEvent =
  | { readonly type: 'upsert' | 'delete'; readonly object: unknown; readonly version: string }
  | { readonly type: 'bookmark'; readonly version: string }
  /** `code` is an HTTP status. */
  | { readonly type: 'error'; readonly code: number; readonly message: string };

type Fields = Readonly<Record<string, unknown>>;

const UPSERTS: readonly unknown[] = ['ADDED', 'MODIFIED'];
const INTERNAL_ERROR = 500;

/** Throws MalformedAnswerError. */
export function readListPage(answer: unknown): ListPage {
  const metadata = fieldsOf(fieldsOf(answer).metadata);
  const { items } = fieldsOf(answer);
  const { resourceVersion, continue: continueToken } = metadata;
  // An empty list is null where Go wrote it.
  const isList = Array.isArray(items) || items === null;
  if (!isList || typeof resourceVersion !== 'string') {
    throw new MalformedAnswerError('a list without items or resourceVersion');
  }
  return {
    items: items ?? [],
    resourceVersion,
    continueToken: typeof continueToken === 'string' && continueToken !== '' ? continueToken : null,
  };
}

/** One line of a watch. Throws MalformedAnswerError. */
export function readWatchEvent(line: string): WatchEvent {
  const { type, object } = fieldsOf(parseLine(line));
  if (type === 'ERROR') return readError(fieldsOf(object));
  const version = fieldsOf(fieldsOf(object).metadata).resourceVersion;
  if (typeof version !== 'string') throw new MalformedAnswerError('an event without version');
  if (type === 'BOOKMARK') return { type: 'bookmark', version };
  if (type === 'DELETED') return { type: 'delete', object, version };
  if (UPSERTS.includes(type)) return { type: 'upsert', object, version };
  throw new MalformedAnswerError('an event of an unknown type');
}

/**
 * Whether version `a` is surely older than `b`. Versions of one kind of object are decimal numbers
 * that only grow; of what has another form nothing is sure.
 */
export function isOlder(a: string, b: string): boolean {
  if (!VERSION.test(a) || !VERSION.test(b)) return false;
  return a.length === b.length ? a < b : a.length < b.length;
}

const VERSION = /^[1-9][0-9]{0,19}$/;

function readError({ code, message }: Fields): WatchEvent {
  return {
    type: 'error',
    code: typeof code === 'number' ? code : INTERNAL_ERROR,
    message: typeof message === 'string' ? message : '',
  };
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new MalformedAnswerError('an event that is not JSON');
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

// The answer to list: one consistent state, whole or in pages. A continue token remembers the state
// that its first page showed, until the history is compacted; then it is 410, as with etcd.

import { type ApiKind, apiVersionOf } from './api-kinds.ts';
import type { ApiObject, Fields } from './api-object.ts';
import { badRequest, expired, StatusError } from './api-status.ts';
import type { ObjectStorage, StoredObject } from './object-storage.ts';
import { type ObjectPredicate, parseFieldSelector, parseLabelSelector } from './selectors.ts';

export interface ObjectPage {
  readonly items: readonly StoredObject[];
  readonly resourceVersion: string;
  /** Empty on the last page. */
  readonly continueToken: string;
  readonly remainingItemCount: number;
}

interface Continuation {
  readonly items: readonly StoredObject[];
  readonly revision: number;
}

/** Half-read lists kept at a time; the oldest expires first. */
const CONTINUATIONS_MAX = 1_000;

export class ListPager {
  readonly #storage: ObjectStorage;
  readonly #continuations = new Map<string, Continuation>();
  #tokens = 0;

  constructor(storage: ObjectStorage) {
    this.#storage = storage;
  }

  page(kind: ApiKind, namespace: string, query: URLSearchParams): ObjectPage {
    const token = query.get('continue') ?? '';
    const { items, revision } =
      token === '' ? this.#fresh(kind, namespace, query) : this.#continued(token, query);
    const limit = limitOf(query);
    const rest = limit === 0 ? [] : items.slice(limit);
    return {
      items: limit === 0 ? items : items.slice(0, limit),
      resourceVersion: String(revision),
      continueToken: rest.length === 0 ? '' : this.#remember({ items: rest, revision }),
      remainingItemCount: rest.length,
    };
  }

  /** All continue tokens expire. */
  forget(): void {
    this.#continuations.clear();
  }

  #fresh(kind: ApiKind, namespace: string, query: URLSearchParams): Continuation {
    const { revision } = this.#storage;
    checkVersion(revision, query);
    const isWanted = selection(kind, namespace, query);
    const items = this.#storage.list(kind).filter(({ object }) => isWanted(object));
    return { items, revision };
  }

  #continued(token: string, query: URLSearchParams): Continuation {
    if (query.get('resourceVersion')) {
      throw badRequest('specifying resource version is not allowed when using continue');
    }
    const continuation = this.#continuations.get(token);
    if (continuation === undefined) {
      throw expired(
        'The provided continue parameter is too old to display a consistent list result. ' +
          'You can start a new list without the continue parameter.',
      );
    }
    return continuation;
  }

  #remember(continuation: Continuation): string {
    this.#tokens += 1;
    const token = Buffer.from(`${continuation.revision}/${this.#tokens}`).toString('base64url');
    this.#continuations.set(token, continuation);
    const [oldest] = this.#continuations.keys();
    if (this.#continuations.size > CONTINUATIONS_MAX && oldest !== undefined) {
      this.#continuations.delete(oldest);
    }
    return token;
  }
}

/** Namespace, labels and fields that a list or a watch asks for. */
export function selection(
  kind: ApiKind,
  namespace: string,
  query: URLSearchParams,
): ObjectPredicate {
  const hasLabels = parseLabelSelector(query.get('labelSelector') ?? '');
  const hasFields = parseFieldSelector(kind, query.get('fieldSelector') ?? '');
  const isInNamespace = ({ metadata }: ApiObject) =>
    namespace === '' || metadata.namespace === namespace;
  return (object) => isInNamespace(object) && hasLabels(object) && hasFields(object);
}

/** The body of a list. Its items carry no kind and apiVersion, as those of built-in kinds do. */
export function listText(kind: ApiKind, page: ObjectPage, texts: readonly string[]): string {
  const metadata = pageMetadata(page);
  const head = { kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind), metadata };
  return `${JSON.stringify(head).slice(0, -1)},"items":[${texts.join(',')}]}\n`;
}

export function pageMetadata(page: ObjectPage): Fields {
  const { resourceVersion, continueToken, remainingItemCount } = page;
  return {
    resourceVersion,
    ...(continueToken !== '' && { continue: continueToken, remainingItemCount }),
  };
}

/** With version 0 the answer comes from the watch cache, which does not page. */
function limitOf(query: URLSearchParams): number {
  const text = query.get('limit') ?? '0';
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 0) throw badRequest(`invalid limit ${text}`);
  return query.get('resourceVersion') === '0' ? 0 : limit;
}

function checkVersion(revision: number, query: URLSearchParams): void {
  const text = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  if (match !== '' && text === '') {
    throw badRequest('resourceVersionMatch is forbidden unless resourceVersion is provided');
  }
  const wanted = parseVersion(text);
  if (wanted > revision) throw tooLarge(wanted, revision);
  if (match === 'Exact' && wanted !== revision) {
    throw expired('The provided resource version is too old');
  }
}

export function parseVersion(text: string): number {
  if (/^\d*$/.test(text)) return Number(text);
  throw badRequest(`Invalid value: ${JSON.stringify(text)}: resource version must be a number`);
}

function tooLarge(wanted: number, revision: number): StatusError {
  const message = `Too large resource version: ${wanted}, current: ${revision}`;
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
  const details = { causes, retryAfterSeconds: 1 };
  return new StatusError({ code: 504, reason: 'Timeout', message, details }, 1);
}

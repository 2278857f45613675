// JSON patch, RFC 6902: a list of operations on paths, all or nothing.

import { isDeepStrictEqual } from 'node:util';
import { fieldsOf, isFields } from './api-object.ts';
import { badRequest, StatusError } from './api-status.ts';

/** The document with all operations done. Throws 422 when one cannot be done. */
export function jsonPatch(document: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw badRequest('a JSON patch is a list of operations');
  return patch.reduce((value, operation) => operate(value, fieldsOf(operation)), document);
}

function operate(document: unknown, operation: Readonly<Record<string, unknown>>): unknown {
  const path = segments(operation.path);
  switch (operation.op) {
    case 'add':
      return edit(document, path, 'add', operation.value);
    case 'replace':
      read(document, path);
      return edit(document, path, 'replace', operation.value);
    case 'remove':
      read(document, path);
      return edit(document, path, 'remove');
    case 'move': {
      const from = segments(operation.from);
      return edit(edit(document, from, 'remove'), path, 'add', read(document, from));
    }
    case 'copy':
      return edit(document, path, 'add', read(document, segments(operation.from)));
    case 'test':
      if (isDeepStrictEqual(read(document, path), operation.value)) return document;
      throw impossible(`testing value ${operation.path} failed`);
    default:
      throw impossible(`unknown operation ${JSON.stringify(operation.op)}`);
  }
}

/** RFC 6901: `~1` stands for a slash, `~0` for a tilde. */
function segments(pointer: unknown): readonly string[] {
  if (typeof pointer !== 'string') throw impossible('a path is missing');
  const plain = (part: string) => part.replaceAll('~1', '/').replaceAll('~0', '~');
  return pointer.split('/').slice(1).map(plain);
}

function read(document: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, segment) => {
    const next = Array.isArray(value) ? value[Number(segment)] : fieldsOf(value)[segment];
    if (next === undefined) throw impossible(`missing path /${path.join('/')}`);
    return next;
  }, document);
}

function edit(
  document: unknown,
  path: readonly string[],
  how: 'add' | 'replace' | 'remove',
  value?: unknown,
): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (Array.isArray(document)) {
    const index = first === '-' ? document.length : Number(first);
    if (!(index >= 0 && index <= document.length)) throw impossible(`no index ${first}`);
    if (rest.length > 0) return document.with(index, edit(document[index], rest, how, value));
    const removed = how === 'add' ? 0 : 1;
    return document.toSpliced(index, removed, ...(how === 'remove' ? [] : [value]));
  }
  if (!isFields(document)) throw impossible(`missing path below ${JSON.stringify(first)}`);
  if (rest.length > 0) return { ...document, [first]: edit(document[first], rest, how, value) };
  const { [first]: _, ...others } = document;
  return how === 'remove' ? others : { ...others, [first]: value };
}

function impossible(because: string): StatusError {
  const message = `the server rejected our request due to an error in our request: ${because}`;
  return new StatusError({ code: 422, reason: 'Invalid', message, details: {} });
}

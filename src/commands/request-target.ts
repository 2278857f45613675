// From the URL that a person types to the host and the path that a proxy sees.

import { domainToASCII } from 'node:url';
import { UsageError } from '../config.ts';

export interface RequestTarget {
  /** Lower case, without port and trailing dot. */
  readonly host: string;
  /** Without query and fragment; percent-encoded, otherwise as typed. */
  readonly path: string;
}

/** `http://shop.example:8080/a?b`, `https://...` or `shop.example/a`. Throws UsageError. */
export function parseRequestTarget(url: string): RequestTarget {
  const [, scheme = 'http', authority = '', path = ''] =
    /^(?:([A-Za-z][A-Za-z0-9+.-]*):\/\/)?([^/?#]*)([^?#]*)/.exec(url) ?? [];
  if (!['http', 'https'].includes(scheme.toLowerCase())) throw badUrl(url, 'an http or https URL');
  const { host, port = '' } = /^(?<host>\[[^\]]*\]|[^:@]*)(?::(?<port>.*))?$/.exec(authority)
    ?.groups ?? { host: '' };
  if (!host || !/^[0-9]{0,5}$/.test(port)) throw badUrl(url, 'a URL with a host');
  return { host: canonicalHost(host, url), path: path === '' ? '/' : encodePath(path) };
}

function canonicalHost(text: string, url: string): string {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  const ascii = /^[!-~]+$/.test(name) ? name.toLowerCase() : domainToASCII(name);
  if (ascii === '') throw badUrl(url, 'a URL with a host');
  return ascii;
}

// A parser of whole URLs would also resolve `..` and rewrite backslashes, which curl's --path-as-is
// and hostile clients do not do: the proxy sees the path as it is sent.
function encodePath(path: string): string {
  return path.toWellFormed().replace(/[^!-~]+/gu, encodeURIComponent);
}

function badUrl(url: string, expected: string): UsageError {
  return new UsageError(`explain: expected ${expected}, got ${JSON.stringify(url)}`);
}

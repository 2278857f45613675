// From the URL that a person types to the host and the path that a proxy sees.

import { domainToASCII } from 'node:url';
import { normalizePath } from '#base/normalize-path.ts';
import { UsageError } from '../config.ts';

export interface RequestTarget {
  /** Lower case, without port and trailing dot. */
  readonly host: string;
  /** Without query and fragment, in the normal form that the proxy matches. */
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
  const normal = normalizePath(path === '' ? '/' : encodePath(path));
  if (normal === null) throw badUrl(url, 'a URL with valid percent-encoding');
  return { host: canonicalHost(host, url), path: normal };
}

function canonicalHost(text: string, url: string): string {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  const ascii = /^[!-~]+$/.test(name) ? name.toLowerCase() : domainToASCII(name);
  if (ascii === '') throw badUrl(url, 'a URL with a host');
  return ascii;
}

// A parser of whole URLs would also rewrite backslashes and decode more than the proxy does.
function encodePath(path: string): string {
  return path.toWellFormed().replace(/[^!-~]+/gu, encodeURIComponent);
}

function badUrl(url: string, expected: string): UsageError {
  return new UsageError(`explain: expected ${expected}, got ${JSON.stringify(url)}`);
}

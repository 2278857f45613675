// The text of the access log: one request, one line of JSON. Strangers wrote most of what is in it,
// so every text is cut, and whatever is not printable ASCII is escaped. Then a line is one line for
// every reader, is as many bytes as characters, and fits in one atomic write to a pipe.

import { limits } from '#base/limits.ts';

/** What a request says of itself, each as latin1; null where there is nothing. */
interface RequestTexts {
  readonly method: string;
  readonly host: string;
  readonly target: string;
  readonly userAgent: string | null;
  readonly referer: string | null;
}

/** One line. */
export interface AccessLine {
  readonly time: Date;
  /** The client's address. */
  readonly client: string;
  /** How the client came to us. */
  readonly scheme: 'http' | 'https';
  /** As `formatRequest` gives it. */
  readonly request: string;
  /** As latin1. */
  readonly requestId: string | null;
  /** Null where nobody speaks HTTP. */
  readonly status: number | null;
  /** Of the body. */
  readonly responseBytes: number;
  readonly durationMs: number;
  /** The Ingress of the route, namespace/name. */
  readonly ingress: string | null;
  readonly upstream: string | null;
  /** The last one that was tried. */
  readonly endpoint: { readonly address: string; readonly port: number } | null;
  readonly attempts: number;
  /** Why Headgate answered itself. */
  readonly error: string | null;
}

/** The fields of a request that was refused before it was understood. */
export const UNREAD_REQUEST =
  '"method":null,"host":null,"target":null,"userAgent":null,"referer":null';

/** The request's part of a line. It keeps nothing alive of the bytes that it was made from. */
export function formatRequest(texts: RequestTexts): string {
  return (
    `"method":${quoted(texts.method)},"host":${quoted(texts.host)},` +
    `"target":${quoted(texts.target, limits.accessLogTargetBytesMax)},` +
    `"userAgent":${quoted(texts.userAgent)},"referer":${quoted(texts.referer)}`
  );
}

/** In its place, of a connection that is passed through; `host` is what its client asks for. */
export function formatPassthrough(host: string, requestBytes: number): string {
  return (
    `"method":null,"host":${quoted(host)},"target":null,"userAgent":null,"referer":null,` +
    `"requestBytes":${requestBytes}`
  );
}

/** The whole line with its line feed: ASCII, and short enough for one atomic write to a pipe. */
export function formatAccessEntry(entry: AccessLine): string {
  return (
    `{"time":"${entry.time.toISOString()}","client":${quoted(entry.client)},` +
    `"scheme":"${entry.scheme}",` +
    `${entry.request},"status":${entry.status},"responseBytes":${entry.responseBytes},` +
    `"durationMs":${entry.durationMs.toFixed(3)},"ingress":${quoted(entry.ingress)},` +
    `"upstream":${quoted(entry.upstream)},"endpoint":${endpointText(entry.endpoint)},` +
    `"attempts":${entry.attempts},"requestId":${quoted(entry.requestId)},` +
    `"error":${quoted(entry.error)}}\n`
  );
}

function endpointText(endpoint: AccessLine['endpoint']): string {
  if (endpoint === null) return 'null';
  const { address, port } = endpoint;
  return address.includes(':') ? `"[${address}]:${port}"` : `"${address}:${port}"`;
}

const PLAIN = /^[ !#-[\]-~]*$/;
const MARK = '...';
/** A character of a string takes at most this much in JSON: `\u001f`. */
const ESCAPE_BYTES = 6;

/** `latin1` as JSON, at most `bytesMax` long; what was cut ends in three dots. */
function quoted(latin1: string | null, bytesMax: number = limits.accessLogTextBytesMax): string {
  if (latin1 === null) return 'null';
  if (latin1.length + 2 <= bytesMax && PLAIN.test(latin1)) return `"${latin1}"`;
  // JSON is never shorter than UTF-8, so what is left out here would have been cut.
  const text = Buffer.from(latin1.slice(0, bytesMax), 'latin1').toString('utf8');
  const whole = escaped(text);
  if (whole.length <= bytesMax) return whole;
  const room = bytesMax - 2 - MARK.length;
  const cut = escaped(text.slice(0, room) + MARK);
  // Only text that is hostile, or in a language far from ASCII, grows beyond its room.
  if (cut.length <= bytesMax) return cut;
  return escaped(text.slice(0, Math.floor(room / ESCAPE_BYTES)) + MARK);
}

function escaped(text: string): string {
  return JSON.stringify(text).replace(/[^ -~]/g, escapeUnit);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

// What can go wrong with a request to the API server, in the terms of those who asked: an answer
// that says no, or no answer. It does not know how requests are made.

import { quote } from '#base/quote.ts';

export interface ApiFailure {
  /** The HTTP status; 0 where there was no whole answer. */
  readonly status: number;
  /**
   * The machine-readable reason of a Kubernetes Status, such as `Conflict`, `Expired` or
   * `AlreadyExists`; without an answer Node's code, such as `ECONNREFUSED`, or `TimedOut`,
   * `Aborted`, `TooLarge`, `NotJson`, `NoCredentials`.
   */
  readonly reason: string;
  readonly message: string;
  /** What the header Retry-After asks for; null where it is absent. */
  readonly retryAfterMs: number | null;
}

export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly retryAfterMs: number | null;

  constructor({ status, reason, message, retryAfterMs }: ApiFailure) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

/** No whole answer. `what` is the request, such as `GET /api/v1/services`. */
export function noAnswer(what: string, reason: string, detail: string): ApiFailure {
  // Where several addresses were tried Node tells the code alone.
  const message = `${what}: no answer: ${detail === '' ? reason : detail}`;
  return { status: 0, reason, message, retryAfterMs: null };
}

export interface RefusingAnswer {
  /** A Status of apimachinery, where all is well. */
  readonly body: string;
  /** The header, if there is one. */
  readonly retryAfter: string | undefined;
}

const MS_PER_SECOND = 1_000;

/** The server said no. */
export function refusal(
  what: string,
  status: number,
  { body, retryAfter }: RefusingAnswer,
): ApiFailure {
  const told = readStatus(body);
  const detail = told.message === null ? '' : ` ${quote(told.message)}`;
  return {
    status,
    reason: told.reason ?? String(status),
    message: `${what}: ${status}${detail}`,
    retryAfterMs: parseRetryAfter(retryAfter),
  };
}

// The API server sends seconds and never a date (RFC 9110 10.2.3 has both).
function parseRetryAfter(header: string | undefined): number | null {
  return header !== undefined && /^[0-9]{1,6}$/.test(header)
    ? Number(header) * MS_PER_SECOND
    : null;
}

function readStatus(body: string): { reason: string | null; message: string | null } {
  try {
    const { reason, message } = JSON.parse(body) as { reason?: unknown; message?: unknown };
    return {
      reason: typeof reason === 'string' && reason !== '' ? reason : null,
      message: typeof message === 'string' ? message : null,
    };
  } catch {
    // A proxy in between answers in its own words.
    return { reason: null, message: body === '' ? null : body };
  }
}

// Answers on the wire: JSON with its length, and failures as Status objects.

import type { ServerResponse } from 'node:http';
import { failureStatus, StatusError } from './api-status.ts';

export function sendJson(response: ServerResponse, code: number, value: unknown): void {
  sendText(response, code, `${JSON.stringify(value)}\n`);
}

/** `text` is JSON. */
export function sendText(response: ServerResponse, code: number, text: string): void {
  const body = Buffer.from(text);
  response.writeHead(code, {
    'Content-Type': 'application/json',
    'Content-Length': body.length,
    'Cache-Control': 'no-cache, private',
  });
  response.end(body);
}

export function sendFailure(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (!(error instanceof StatusError)) {
    const message = `Internal error occurred: ${(error as Error).stack}`;
    sendJson(response, 500, failureStatus({ code: 500, reason: 'InternalError', message }));
    return;
  }
  if (error.retryAfterSeconds !== null) {
    response.setHeader('Retry-After', String(error.retryAfterSeconds));
  }
  sendJson(response, error.code, error.status);
}

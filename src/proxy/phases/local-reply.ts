// Answers that Headgate gives itself: small, plain, and complete.

import { STATUS_CODES } from 'node:http';
import { grpcReply, isGrpc } from './grpc-reply.ts';

/**
 * A whole response; to HEAD, or with an empty `message`, without its body. `connection` is field
 * lines or empty; `request` is the head that is answered, if one could be read.
 */
export function localReply(reply: {
  readonly status: number;
  readonly message: string;
  readonly isHead: boolean;
  readonly connection: string;
  readonly date: string;
  readonly request?: string;
}): string {
  if (isGrpc(reply.request ?? '')) return grpcReply(reply);
  const reason = STATUS_CODES[reply.status] ?? '';
  const body = reply.message === '' ? '' : `${reply.status} ${reason}: ${reply.message}\n`;
  return (
    `HTTP/1.1 ${reply.status} ${reason}\r\nDate: ${reply.date}\r\nServer: headgate\r\n` +
    `Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\n` +
    `${reply.connection}\r\n${reply.isHead ? '' : body}`
  );
}

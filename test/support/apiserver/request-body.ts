// Bodies of requests: bounded bytes to an object, JSON, YAML or protobuf as the content type
// says.

import type { IncomingMessage } from 'node:http';
import { parse as parseYaml } from 'yaml';
import { type Fields, isFields } from './api-object.ts';
import { badRequest, StatusError, unsupportedMediaType } from './api-status.ts';
import { PROTOBUF, parseProtobuf } from './protobuf-body.ts';

/** What a real server accepts. */
const BODY_BYTES_MAX = 3 * 1024 * 1024;

export interface RequestBody {
  /** Without parameters, in lower case; empty when the request names none. */
  readonly contentType: string;
  /** Readable, if the body is text. */
  readonly text: string;
  readonly bytes: Buffer;
}

export async function readBody(request: IncomingMessage): Promise<RequestBody> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > BODY_BYTES_MAX) {
      const message = `limit is ${BODY_BYTES_MAX}`;
      throw new StatusError({ code: 413, reason: 'RequestEntityTooLarge', message });
    }
    pieces.push(piece);
  }
  const [contentType = ''] = (request.headers['content-type'] ?? '').split(';');
  const bytes = Buffer.concat(pieces);
  return { contentType: contentType.trim().toLowerCase(), text: bytes.toString(), bytes };
}

/** Any JSON or YAML value, or an object in protobuf. */
export function parseBody({ contentType, text, bytes }: RequestBody): unknown {
  if (contentType === PROTOBUF) return parseProtobuf(bytes);
  const isYaml = contentType.endsWith('yaml');
  if (!isYaml && contentType !== '' && !contentType.endsWith('json')) {
    throw unsupportedMediaType(contentType);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    if (isYaml) return parseYaml(text);
    throw badRequest(`the object provided is unrecognized: ${(error as Error).message}`);
  }
}

export function parseObject(body: RequestBody): Fields {
  const value = parseBody(body);
  if (!isFields(value)) throw badRequest('the body is no object');
  return value;
}

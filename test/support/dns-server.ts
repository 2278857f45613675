// A DNS server on loopback for the names a test gives it: A and AAAA, TTLs, NXDOMAIN, SERVFAIL.
// It answers each question from the table of the moment and counts the questions.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

export interface DnsRecords {
  readonly a?: readonly string[];
  readonly aaaa?: readonly string[];
  readonly ttl: number;
}

const HEADER_BYTES = 12;
const TYPE_A = 1;
const TYPE_AAAA = 28;
const NO_ERROR = 0;
const SERVER_FAILURE = 2;
const NAME_ERROR = 3;

export class DnsServer implements AsyncDisposable {
  /** By lower-case name; `fails` is SERVFAIL, an absent name is NXDOMAIN. */
  readonly names = new Map<string, DnsRecords | 'fails'>();
  readonly #questions = new Map<string, number>();
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (query, { port, address }) => {
      socket.send(this.#answer(query), port, address);
    });
  }

  static async start(): Promise<DnsServer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new DnsServer(socket);
  }

  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  /** How often an A record of this name was asked for. */
  questionCount(name: string): number {
    return this.#questions.get(name) ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  #answer(query: Buffer): Buffer {
    const { name, end } = readName(query);
    const type = query.readUInt16BE(end);
    if (type === TYPE_A) this.#questions.set(name, this.questionCount(name) + 1);
    const records = this.names.get(name);
    const question = query.subarray(HEADER_BYTES, end + 4);
    if (records === undefined) return reply(query, { code: NAME_ERROR, question, answers: [] });
    if (records === 'fails') return reply(query, { code: SERVER_FAILURE, question, answers: [] });
    const addresses = (type === TYPE_A && records.a) || (type === TYPE_AAAA && records.aaaa) || [];
    const answers = addresses.map((address) => encodeRecord(type, records.ttl, address));
    return reply(query, { code: NO_ERROR, question, answers });
  }
}

interface Reply {
  readonly code: number;
  readonly question: Uint8Array;
  readonly answers: readonly Uint8Array[];
}

function reply(query: Buffer, { code, question, answers }: Reply): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  query.copy(header, 0, 0, 2);
  // A response, with recursion desired and available.
  header.writeUInt16BE(0x8180 | code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(answers.length, 6);
  return Buffer.concat([header, question, ...answers]);
}

function readName(query: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let offset = HEADER_BYTES;
  for (let size = query.readUInt8(offset); size > 0; size = query.readUInt8(offset)) {
    labels.push(query.toString('latin1', offset + 1, offset + 1 + size).toLowerCase());
    offset += 1 + size;
  }
  return { name: labels.join('.'), end: offset + 1 };
}

function encodeRecord(type: number, ttl: number, address: string): Buffer {
  const data =
    type === TYPE_A
      ? Buffer.from(address.split('.').map(Number))
      : Buffer.from(address.replaceAll(':', ''), 'hex');
  const record = Buffer.alloc(HEADER_BYTES);
  // The name, as a pointer to the question's.
  record.writeUInt16BE(0xc000 | HEADER_BYTES, 0);
  record.writeUInt16BE(type, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(ttl, 6);
  record.writeUInt16BE(data.length, 10);
  return Buffer.concat([record, data]);
}

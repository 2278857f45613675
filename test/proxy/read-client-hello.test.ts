import type { ConnectionOptions } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readClientHello } from '#proxy/tls/read-client-hello.ts';
import {
  type Extension,
  helloMessage,
  inRecords,
  nodeHello,
  preSharedKeyExtension,
  serverNameExtension,
  sessionTicketExtension,
} from '../support/client-hello.ts';

const NAME = 'web.example';
const SERVER_NAME = serverNameExtension(NAME);
/** RFC 8701: a type that nobody has, which servers have to let pass. */
const GREASE: Extension = [0x1a1a, Buffer.from([0])];
const KEY_NAME = 'ab'.repeat(16);
const TICKET = Buffer.concat([Buffer.from(KEY_NAME, 'hex'), Buffer.alloc(80)]);
const HUGE: Extension = [0xfe0d, Buffer.alloc(12_000)];

function read(...extensions: readonly Extension[]) {
  return readClientHello(inRecords(helloMessage(extensions)));
}

describe('the hello of a real client', () => {
  it.each([
    ['TLS 1.3', { servername: NAME, minVersion: 'TLSv1.3' }, NAME],
    ['TLS 1.2', { servername: NAME, maxVersion: 'TLSv1.2' }, NAME],
    ['both', { servername: NAME, ALPNProtocols: ['h2', 'http/1.1'] }, NAME],
    ['no name', {}, ''],
  ] as const)('of %s is understood', async (_, options, serverName) => {
    const hello = await nodeHello(options as ConnectionOptions);
    expect(readClientHello(hello)).toEqual({ serverName, ticketKeys: [] });
  });

  it('is none while its last byte is missing', async () => {
    const hello = await nodeHello({ servername: NAME });
    for (let size = 0; size < hello.length; size += 1) {
      expect(readClientHello(hello.subarray(0, size))).toBeNull();
    }
  });
});

describe('a hello', () => {
  it.each<[string, readonly Extension[], string]>([
    ['names its server', [SERVER_NAME], NAME],
    ['in any case', [serverNameExtension('WEB.Example')], NAME],
    ['with or without a dot at its end', [serverNameExtension(`${NAME}.`)], NAME],
    ['by an address, which is no name of ours', [serverNameExtension('10.0.0.1')], '10.0.0.1'],
    ['or not at all', [], ''],
    ['beside what nobody knows', [GREASE, SERVER_NAME, HUGE], NAME],
  ])('%s', (_, extensions, serverName) => {
    expect(read(...extensions)).toEqual({ serverName, ticketKeys: [] });
  });

  it.each<[string, Extension, readonly string[]]>([
    ['of TLS 1.2', sessionTicketExtension(TICKET), [KEY_NAME]],
    ['of TLS 1.2 that it only asks for', sessionTicketExtension(Buffer.alloc(0)), []],
    ['of TLS 1.3', preSharedKeyExtension(TICKET), [KEY_NAME]],
    ['that are several', preSharedKeyExtension(Buffer.alloc(9), TICKET), [KEY_NAME]],
    ['that is cut', [41, Buffer.from([0, 9, 0, 99, 1])], []],
  ])('tells the keys of a ticket %s', (_, extension, ticketKeys) => {
    expect(read(SERVER_NAME, extension)).toEqual({ serverName: NAME, ticketKeys });
  });

  it('may have no extensions, not even none', () => {
    expect(readClientHello(inRecords(helloMessage(null)))).toEqual({
      serverName: '',
      ticketKeys: [],
    });
  });

  it.each([1, 2, 3, 5, 64])('may come in records of %i bytes', (fragmentBytes) => {
    const bytes = inRecords(helloMessage([SERVER_NAME, HUGE]), fragmentBytes);
    expect(readClientHello(bytes)).toMatchObject({ serverName: NAME });
    expect(readClientHello(bytes.subarray(0, -1))).toBeNull();
  });

  it('ends where it says, whatever follows', () => {
    const bytes = Buffer.concat([inRecords(helloMessage([SERVER_NAME])), Buffer.from('more')]);
    expect(readClientHello(bytes)).toMatchObject({ serverName: NAME });
  });
});

describe('what is no hello', () => {
  const whole = inRecords(helloMessage([SERVER_NAME]));
  const changed = (at: number, value: number) => {
    const bytes = Buffer.from(whole);
    bytes[at] = value;
    return bytes;
  };
  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['another record', changed(0, 23)],
    ['another protocol', changed(1, 2)],
    ['a record of nothing', Buffer.from([22, 3, 1, 0, 0])],
    ['a record that is too long', inRecords(helloMessage([[9, Buffer.alloc(20_000)]]), 20_000)],
    ['another message', changed(5, 2)],
    ['a message of an older version', changed(9, 2)],
    ['a session id that is too long', changed(43, 33)],
    ['a cipher and a half', changed(77, 3)],
    ['two extensions of one type', inRecords(helloMessage([GREASE, GREASE]))],
    ['an empty name', inRecords(helloMessage([serverNameExtension('')]))],
    ['a name of an unknown type', inRecords(helloMessage([serverNameExtension(NAME, 1)]))],
    ['a name with something behind', inRecords(helloMessage([[0, Buffer.alloc(9)]]))],
    ['an extension longer than all', changed(whole.length - NAME.length - 7, 9)],
  ])('is %s', (_, bytes) => {
    expect(readClientHello(bytes)).toBeNull();
  });

  it('is refused without an error, however it is mangled', () => {
    const mutation = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    const property = fc.property(fc.array(mutation, { maxLength: 4 }), (mutations) => {
      const bytes = Buffer.from(whole);
      for (const [at, value] of mutations) bytes[at] = value;
      const hello = readClientHello(bytes);
      expect(hello?.serverName.length ?? 0).toBeLessThanOrEqual(whole.length);
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  it('is refused without an error if it is anything at all', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
      const bytes = Buffer.concat([whole.subarray(0, 60), tail]);
      expect(() => readClientHello(bytes)).not.toThrow();
    });
    fc.assert(property, { numRuns: 2_000 });
  });
});

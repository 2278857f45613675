// The settings about requests: whom the proxy believes, what it speaks, what it writes down.

import { type Settings, SWITCH } from './setting.ts';
import {
  each,
  last,
  parseNamespacedName,
  parseNetwork,
  parsePseudonym,
  TLS_VERSIONS,
} from './setting-values.ts';

export const proxySettings = {
  trustedProxies: {
    flag: '--trusted-proxies',
    placeholder: '<cidr>',
    help: 'network whose X-Forwarded-* and Forwarded are believed; repeatable, or with commas',
    defaultText: 'none',
    repeatable: true,
    expected: 'an IP address or a CIDR block such as 10.0.0.0/8',
    fallback: () => [],
    parse: (texts) =>
      each(
        texts.flatMap((text) => text.split(',')),
        parseNetwork,
      ),
  },
  proxyProtocol: {
    flag: '--proxy-protocol',
    help: 'trusted proxies, and no others, begin with the PROXY protocol, version 1 or 2',
    defaultText: 'false',
    ...SWITCH,
  },
  accessLog: {
    flag: '--access-log',
    placeholder: '<file>',
    help: 'file for one line of JSON per request; - is the standard output',
    defaultText: 'none',
    repeatable: false,
    expected: 'a file, or - for the standard output',
    fallback: () => null,
    parse: (texts) => last(texts) || undefined,
  },
  h2c: {
    flag: '--h2c',
    help: 'speak HTTP/2 in clear too, with clients that begin with it (prior knowledge)',
    defaultText: 'false',
    ...SWITCH,
  },
  via: {
    flag: '--via',
    placeholder: '<name>',
    help: 'name to append to Via in requests and responses (RFC 9110 7.6.3)',
    defaultText: 'none: some servers do not compress for a request with Via',
    repeatable: false,
    expected: 'a name of letters, digits and .-_',
    fallback: () => null,
    parse: (texts) => parsePseudonym(last(texts)),
  },
  defaultTlsSecret: {
    flag: '--default-tls-secret',
    placeholder: '<ns/name>',
    help: 'the Secret of the certificate for hosts that have none of their own',
    defaultText: 'none: a self-signed certificate made at start',
    repeatable: false,
    expected: 'NAMESPACE/NAME of a Secret',
    fallback: () => null,
    parse: (texts) => parseNamespacedName(last(texts)),
  },
  tlsMinVersion: {
    flag: '--tls-min-version',
    placeholder: '<version>',
    help: `the oldest TLS that clients may speak: ${TLS_VERSIONS.join(' or ')}`,
    defaultText: '1.2',
    repeatable: false,
    expected: TLS_VERSIONS.join(' or '),
    fallback: () => '1.2',
    parse: (texts) => TLS_VERSIONS.find((version) => version === last(texts)),
  },
  tlsTicketSecret: {
    flag: '--tls-ticket-secret',
    placeholder: '<ns/name>',
    help: 'the Secret whose ticket.key, 32 bytes or more, lets all nodes resume TLS sessions',
    defaultText: 'none: a session is resumed by the process that began it',
    repeatable: false,
    expected: 'NAMESPACE/NAME of a Secret',
    fallback: () => null,
    parse: (texts) => parseNamespacedName(last(texts)),
  },
} satisfies Partial<Settings>;

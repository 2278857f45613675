// The forms of names that the Kubernetes API accepts. Knows nothing of what they name.

import { limits } from '#base/limits.ts';

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const SUBDOMAIN_PART = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
const PORT_NAME = /^[a-z0-9-]{1,15}$/;
const CONFIG_KEY = /^[-._a-zA-Z0-9]{1,253}$/;

export interface NameForm {
  /** Completes "expected ...". */
  readonly expected: string;
  readonly accepts: (text: string) => boolean;
}

/** A DNS label as in RFC 1123: namespaces, Services, port names of Services. */
export const dnsLabel: NameForm = {
  expected: 'a DNS label (at most 63 of a-z, 0-9 and -)',
  accepts: (text) => LABEL.test(text),
};

/**
 * The names of most objects. Kubernetes bounds the whole of it and not what is between two dots, so
 * that a name of 100 letters is good, although DNS would not take it.
 */
export const dnsSubdomain: NameForm = {
  expected: 'a DNS name (at most 253 of a-z, 0-9, - and .)',
  accepts: (text) =>
    text.length <= limits.hostBytesMax &&
    text.split('.').every((part) => SUBDOMAIN_PART.test(part)),
};

/** A service name as in RFC 6335 5.1: how an Ingress names a port. */
export const portName: NameForm = {
  expected: 'a port name (at most 15 of a-z, 0-9 and -, with a letter)',
  accepts: (text) =>
    PORT_NAME.test(text) &&
    /[a-z]/.test(text) &&
    !text.startsWith('-') &&
    !text.endsWith('-') &&
    !text.includes('--'),
};

/** A key in the data of a Secret. */
export const configKey: NameForm = {
  expected: 'a key (at most 253 of a-z, A-Z, 0-9, -, _ and .)',
  accepts: (text) => CONFIG_KEY.test(text),
};

// The certificate that answers where no host has one: that of the operator's Secret, its last good
// one, or one that the process makes itself. Beside it stands the operator's Secret for the keys of
// session tickets.

import { contentDigest } from '#base/hash.ts';
import { quote } from '#base/quote.ts';
import type { Certificate } from '#plan/tls-plan.ts';
import type { LastGood } from './certificate-memory.ts';
import type { Finding } from './problems.ts';
import type { ReadCertificate } from './server-certificate.ts';
import { nextChangeMs, untimely } from './settle-server-name.ts';
import type { SecretName, Secrets, StandIn, TlsOptions } from './translate-input.ts';

const TICKET_KEY = 'ticket.key';
/** As many as the digest that is derived from them: fewer could be guessed sooner. */
const TICKET_KEY_BYTES_MIN = 32;

/** Its place in the memory: no host is called so. */
const NO_HOST = '';

export class DefaultCertificate {
  readonly #options: TlsOptions;
  readonly #lastGood: Map<string, LastGood>;
  #ticketSecret: string | null = null;
  #standIn: StandIn | null = null;
  #recheckAtMs = Number.POSITIVE_INFINITY;

  constructor(options: TlsOptions, lastGood: Map<string, LastGood>) {
    this.#options = options;
    this.#lastGood = lastGood;
  }

  get certificate(): Certificate | null {
    const [lastGood] = this.#lastGood.get(NO_HOST)?.certificates ?? [];
    return lastGood ?? this.#standIn?.certificate ?? null;
  }

  /** In hexadecimal digits. */
  get ticketSecret(): string | null {
    return this.#ticketSecret ?? this.#options.ticketSecret;
  }

  /** As of a TlsTranslator. */
  get recheckAtMs(): number {
    return Math.min(this.#recheckAtMs, this.#standIn?.renewAtMs ?? Number.POSITIVE_INFINITY);
  }

  /** `answer` is what the Secret of the default certificate holds; null if there is none. */
  settle(answer: ReadCertificate | null, secrets: Secrets, nowMs: number): readonly Finding[] {
    this.#standIn = this.#options.selfSigned?.(nowMs) ?? null;
    return [...this.#settleDefault(answer, nowMs), ...this.#settleTicketSecret(secrets)];
  }

  #settleDefault(answer: ReadCertificate | null, nowMs: number): readonly Finding[] {
    const { defaultSecret } = this.#options;
    this.#recheckAtMs = Number.POSITIVE_INFINITY;
    if (defaultSecret === null) return [];
    const what = `default certificate of the command line: ${nameOf(defaultSecret)}`;
    if (answer === null) return [finding('SecretNotFound', `${what} does not exist`)];
    if (!answer.ok) return [finding(answer.reason, `${what} ${answer.mistake}`)];
    this.#recheckAtMs = nextChangeMs(answer.value, nowMs);
    const late = untimely(answer.value, nowMs);
    if (late !== null) return [finding(late.reason, `${what} ${late.mistake}`)];
    const { namespace } = defaultSecret;
    this.#lastGood.set(NO_HOST, { namespace, certificates: [answer.value] });
    return [];
  }

  #settleTicketSecret(secrets: Secrets): readonly Finding[] {
    const { ticketKeySecret } = this.#options;
    if (ticketKeySecret === null) return [];
    const what = `keys of session tickets: ${nameOf(ticketKeySecret)}`;
    const secret = secrets.secret(ticketKeySecret.namespace, ticketKeySecret.name);
    if (secret === null) return [finding('SecretNotFound', `${what} does not exist`)];
    const value = secret.values.get(TICKET_KEY);
    if (value === undefined || value.length < TICKET_KEY_BYTES_MIN) {
      const needed = `${quote(TICKET_KEY)} of ${TICKET_KEY_BYTES_MIN} bytes or more`;
      return [finding('InvalidSecret', `${what} has no ${needed}`)];
    }
    this.#ticketSecret = contentDigest(value);
    return [];
  }
}

/** No object holds the options of the operator. */
function finding(reason: string, message: string): Finding {
  return { object: null, field: '', reason, message };
}

function nameOf({ namespace, name }: SecretName): string {
  return `Secret ${quote(`${namespace}/${name}`)}`;
}

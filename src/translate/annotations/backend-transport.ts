// The annotations by which an Ingress, or the Service behind it, says how its backends are spoken
// to: the protocol, and TLS around it. Each may stand on either, and that of the Ingress wins.
// What cannot be understood, or names a Secret that is of no use, sends no request anywhere:
// whoever wrote it meant to protect what is sent. TLS without further words verifies nothing, as
// in ingress-nginx: nobody has told us whose certificates pods have, and what only an active
// attacker can read is better off than what anybody can.

import { quote } from '#base/quote.ts';
import type { Ingress, Secret, Service, ServicePort } from '#kubernetes/resources.ts';
import type { Transport, TransportIdentity, TransportTls } from '#plan/endpoint-plan.ts';
import { protocolOfPort } from '../app-protocol.ts';
import { readAuthorities } from '../authorities.ts';
import { type BackendProtocol, parseBackendProtocol, WIRE_PROTOCOLS } from '../backend-protocol.ts';
import { parseExternalName } from '../host-name.ts';
import { type Finding, findingAt, type Place } from '../problems.ts';
import { readServerCertificate } from '../server-certificate.ts';
import type { SecretName, Secrets } from '../translate-input.ts';
import { annotationPlace } from './annotation-place.ts';

const PROTOCOL = 'backend-protocol';
const VERIFY = 'backend-tls-verify';
const AUTHORITIES = 'backend-tls-ca-secret';
const SERVER_NAME = 'backend-tls-server-name';
const IDENTITY = 'backend-tls-client-secret';
const OF_TLS = [VERIFY, AUTHORITIES, SERVER_NAME, IDENTITY] as const;

export const TRANSPORT_ANNOTATIONS = [PROTOCOL, ...OF_TLS] as const;
type Name = (typeof TRANSPORT_ANNOTATIONS)[number];

/** Whether an Ingress says anything about it, so that its upstreams are its own. */
export function decidesTransport({ annotations }: Ingress): boolean {
  return TRANSPORT_ANNOTATIONS.some((name) => annotations.has(name));
}

export interface TransportParts {
  readonly service: Service;
  readonly port: ServicePort;
  /** Null unless it decides. */
  readonly ingress: Ingress | null;
  readonly secrets: Secrets;
}

export interface ReadTransport {
  /** Null if no request may be sent. */
  readonly transport: Transport | null;
  readonly findings: readonly Finding[];
  /** Those that it depends on, whether they are there or not. */
  readonly secrets: readonly SecretName[];
}

export function readTransport(parts: TransportParts): ReadTransport {
  const reading = new Reading(parts);
  const transport = reading.transport();
  const { findings, secrets } = reading;
  return { transport: findings.some(isGrave) ? null : transport, findings, secrets };
}

/** All that is wrong here keeps requests back, but for what has no effect. */
function isGrave({ reason }: Finding): boolean {
  return reason !== NO_EFFECT;
}

const NO_EFFECT = 'AnnotationWithoutEffect';

interface Found {
  readonly value: string;
  readonly place: Place;
}

class Reading {
  readonly findings: Finding[] = [];
  readonly secrets: SecretName[] = [];
  readonly #parts: TransportParts;

  constructor(parts: TransportParts) {
    this.#parts = parts;
  }

  transport(): Transport {
    const { service } = this.#parts;
    const { protocol, isSecure } = WIRE_PROTOCOLS[this.#protocol()];
    if (isSecure) return { protocol, tls: this.#tls() };
    for (const found of OF_TLS.flatMap((name) => this.#find(name) ?? [])) {
      // On a Service they may be meant for another of its ports.
      if (found.place.object === service && service.ports.length > 1) continue;
      const message = `requests are sent in the clear, since no ${quote(PROTOCOL)} asks for TLS`;
      this.findings.push(findingAt(found.place, NO_EFFECT, message));
    }
    return { protocol, tls: null };
  }

  #protocol(): BackendProtocol {
    const found = this.#find(PROTOCOL);
    if (found === null) return protocolOfPort(this.#parts.port.appProtocol);
    const protocol = parseBackendProtocol(found.value);
    if (protocol !== null) return protocol;
    const names = Object.keys(WIRE_PROTOCOLS).join(', ');
    this.#refuse(found.place, 'InvalidAnnotation', `expected one of ${names}`, found.value);
    return 'HTTP';
  }

  #tls(): TransportTls {
    const authorities = this.#authorities();
    const verifies = this.#verifies(authorities !== null);
    const serverName = this.#serverName(verifies);
    return { serverName, verifies, authorities, identity: this.#identity() };
  }

  #verifies(isDefault: boolean): boolean {
    const found = this.#find(VERIFY);
    if (found === null) return isDefault;
    if (found.value !== 'true' && found.value !== 'false') {
      this.#refuse(found.place, 'InvalidAnnotation', 'expected "true" or "false"', found.value);
    }
    return found.value === 'true';
  }

  /** Who verifies needs a name; whoever does not asks for none, so that any certificate will do. */
  #serverName(verifies: boolean): string | null {
    const { service } = this.#parts;
    const found = this.#find(SERVER_NAME);
    if (found !== null) {
      const name = parseExternalName(found.value);
      if (name.ok) return name.value;
      this.#refuse(found.place, 'InvalidAnnotation', 'expected a DNS name', found.value);
    }
    if (service.type === 'ExternalName') {
      const name = parseExternalName(service.externalName ?? '');
      if (name.ok) return name.value;
    }
    return verifies ? `${service.name}.${service.namespace}.svc` : null;
  }

  #authorities(): string | null {
    const found = this.#find(AUTHORITIES);
    const secret = found === null ? null : this.#secret(found);
    if (found === null || secret === null) return null;
    const read = readAuthorities(secret);
    if (read.ok) return read.value;
    this.#unusable(found, 'InvalidSecret', read.mistake);
    return null;
  }

  #identity(): TransportIdentity | null {
    const found = this.#find(IDENTITY);
    const secret = found === null ? null : this.#secret(found);
    if (found === null || secret === null) return null;
    const read = readServerCertificate(secret);
    if (read.ok) return { chain: read.value.chain, key: read.value.key };
    this.#unusable(found, read.reason, read.mistake);
    return null;
  }

  #secret(found: Found): Secret | null {
    const { namespace } = found.place.object;
    const name = found.value;
    this.secrets.push({ namespace, name });
    const secret = this.#parts.secrets.secret(namespace, name);
    if (secret === null) this.#unusable(found, 'SecretNotFound', 'does not exist');
    return secret;
  }

  #find(name: Name): Found | null {
    const { ingress, service } = this.#parts;
    for (const object of ingress === null ? [service] : [ingress, service]) {
      const value = object.annotations.get(name);
      if (value !== undefined) return { value, place: annotationPlace(object, name) };
    }
    return null;
  }

  #unusable({ value, place }: Found, reason: string, mistake: string): void {
    const secret = `Secret ${quote(`${place.object.namespace}/${value}`)}`;
    const message = `${secret} ${mistake}, and requests get 503`;
    this.findings.push(findingAt(place, reason, message));
  }

  #refuse(place: Place, reason: string, expected: string, value: string): void {
    const message = `${expected}, found ${quote(value)}, and requests get 503`;
    this.findings.push(findingAt(place, reason, message));
  }
}

// The hosts of a made-up cluster, each with a certificate of its own: Secrets as the API has them,
// and the Ingresses that name them.

import type { Ingress } from '#kubernetes/resources.ts';
import type { ApiInput } from '../../test/support/apiserver/api-object.ts';
import { type KeyPair, makeCertificate } from '../../test/support/make-certificate.ts';

/** An Ingress that asks for the certificate of its only host. */
export function certified(ingress: Ingress): Ingress {
  const hosts = ingress.rules.flatMap(({ host }) => (host === null ? [] : [host]));
  return { ...ingress, tls: [{ hosts, secretName: secretName(ingress) }] };
}

/** A certificate for the hosts of the Ingress. */
export function makeHostPair({ rules }: Ingress): KeyPair {
  return makeCertificate({ names: rules.flatMap(({ host }) => (host === null ? [] : [host])) });
}

/** The Secret that `certified` has asked for. */
export function hostSecret(ingress: Ingress, { certificate, key }: KeyPair): ApiInput {
  const encoded = (text: string): string => Buffer.from(text).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: ingress.namespace, name: secretName(ingress) },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': encoded(certificate), 'tls.key': encoded(key) },
  };
}

function secretName({ name }: Ingress): string {
  return `${name}-tls`;
}

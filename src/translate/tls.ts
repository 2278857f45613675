// Checks the certificates that Ingresses name. Nothing is served from them; a user still learns of
// a misspelt Secret. The values of a Secret never leave it.

import { quote } from '#base/quote.ts';
import type { Ingress, Secret } from '#kubernetes/resources.ts';
import { type Finding, findingAt } from './problems.ts';
import type { Secrets } from './translate-input.ts';

const TLS_TYPE = 'kubernetes.io/tls';
const TLS_KEYS = ['tls.crt', 'tls.key'];

export function checkTls(ingress: Ingress, secrets: Secrets): readonly Finding[] {
  return ingress.tls.flatMap(({ secretName }, index) => {
    if (secretName === null) return [];
    const place = { object: ingress, field: `spec.tls[${index}].secretName` };
    const named = `Secret ${quote(`${ingress.namespace}/${secretName}`)}`;
    const secret = secrets.secret(ingress.namespace, secretName);
    if (secret === null) return [findingAt(place, 'SecretNotFound', `${named} does not exist`)];
    const mistake = mistakeIn(secret);
    return mistake === null ? [] : [findingAt(place, 'InvalidSecret', `${named} ${mistake}`)];
  });
}

function mistakeIn({ type, values }: Secret): string | null {
  if (type !== TLS_TYPE) return `is of type ${quote(type)}, not "${TLS_TYPE}"`;
  const missing = TLS_KEYS.find((key) => (values.get(key)?.length ?? 0) === 0);
  return missing === undefined ? null : `has no ${quote(missing)}`;
}

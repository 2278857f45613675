// Checks the certificates that Ingresses name. Nothing is served from them; a user still learns of
// a misspelt Secret. The values of a Secret never leave it.

import type { Problem } from '#base/problem.ts';
import { quote } from '#base/quote.ts';
import type { Ingress, Secret } from '#kubernetes/resources.ts';
import { problemAt } from './problems.ts';
import type { Secrets } from './translate-input.ts';

const TLS_TYPE = 'kubernetes.io/tls';
const TLS_KEYS = ['tls.crt', 'tls.key'];

export function checkTls(ingress: Ingress, secrets: Secrets, problems: Problem[]): void {
  for (const [index, { secretName }] of ingress.tls.entries()) {
    if (secretName === null) continue;
    const place = { object: ingress, field: `spec.tls[${index}].secretName` };
    const named = `Secret ${quote(`${ingress.namespace}/${secretName}`)}`;
    const secret = secrets.secret(ingress.namespace, secretName);
    if (secret === null) {
      problems.push(problemAt(place, 'SecretNotFound', `${named} does not exist`));
      continue;
    }
    const mistake = mistakeIn(secret);
    if (mistake !== null) problems.push(problemAt(place, 'InvalidSecret', `${named} ${mistake}`));
  }
}

function mistakeIn({ type, values }: Secret): string | null {
  if (type !== TLS_TYPE) return `is of type ${quote(type)}, not "${TLS_TYPE}"`;
  const missing = TLS_KEYS.find((key) => (values.get(key)?.length ?? 0) === 0);
  return missing === undefined ? null : `has no ${quote(missing)}`;
}

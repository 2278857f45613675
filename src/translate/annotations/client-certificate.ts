// The annotations by which an Ingress has its clients show a certificate: whether they must, and
// the Secret of the authorities that vouch for them. What cannot be understood lets nobody in,
// since whoever wrote it meant to keep somebody out.

import { quote } from '#base/quote.ts';
import type { Ingress } from '#kubernetes/resources.ts';
import { type Finding, findingAt, type Place } from '../problems.ts';
import type { SecretName } from '../translate-input.ts';
import { annotationPlace } from './annotation-place.ts';

const CERTIFICATE = 'client-certificate';
const AUTHORITIES = 'client-ca-secret';

export const CLIENT_CERTIFICATE_ANNOTATIONS = [CERTIFICATE, AUTHORITIES] as const;

export interface ClientCertificateWish {
  readonly mode: 'optional' | 'required';
  /** Whose `ca.crt` holds the authorities; null if the Ingress names none that it may. */
  readonly secret: SecretName | null;
  /** Where the Secret is named, or should be. */
  readonly place: Place;
}

/** Null if the Ingress asks for no certificates. */
export function readClientCertificate(
  ingress: Ingress,
  findings: Finding[],
): ClientCertificateWish | null {
  const { annotations } = ingress;
  const named = annotations.get(AUTHORITIES) ?? null;
  const mode = annotations.get(CERTIFICATE) ?? (named === null ? 'off' : 'required');
  if (mode === 'off') return null;
  const place = annotationPlace(ingress, AUTHORITIES);
  if (mode !== 'optional' && mode !== 'required') {
    const message = `expected "off", "optional" or "required", found ${quote(mode)}`;
    const modePlace = annotationPlace(ingress, CERTIFICATE);
    findings.push(findingAt(modePlace, 'InvalidAnnotation', message));
    return { mode: 'required', secret: null, place };
  }
  return { mode, secret: secretOf(named, place, findings), place };
}

/** `NAME`, or `NAMESPACE/NAME` with the namespace of the Ingress itself. */
function secretOf(text: string | null, place: Place, findings: Finding[]): SecretName | null {
  const { namespace } = place.object;
  const [first = '', second, ...rest] = (text ?? '').split('/');
  const name = second === undefined ? first : second;
  if (text === null || name === '' || rest.length > 0) {
    const found = text === null ? 'nothing' : quote(text);
    const message = `expected the name of a Secret with authorities in "ca.crt", found ${found}`;
    findings.push(findingAt(place, 'InvalidAnnotation', message));
    return null;
  }
  if (second === undefined || first === namespace) return { namespace, name };
  const message = `the Secret ${quote(text)} is not in the namespace ${quote(namespace)}`;
  findings.push(findingAt(place, 'SecretOfAnotherNamespace', message));
  return null;
}

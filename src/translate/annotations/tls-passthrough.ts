// The annotation by which an Ingress has the TLS connections of its hosts passed through to its
// backend, unopened.

import { quote } from '#base/quote.ts';
import type { Ingress } from '#kubernetes/resources.ts';
import { type Finding, findingAt } from '../problems.ts';
import { annotationPlace } from './annotation-place.ts';

const PASSTHROUGH = 'tls-passthrough';

export const PASSTHROUGH_ANNOTATIONS = [PASSTHROUGH] as const;

/** A value that nobody understands asks for nothing. */
export function asksPassthrough(ingress: Ingress, findings: Finding[]): boolean {
  const value = ingress.annotations.get(PASSTHROUGH);
  if (value !== undefined && value !== 'true' && value !== 'false') {
    const message = `expected "true" or "false", found ${quote(value)}`;
    findings.push(findingAt(annotationPlace(ingress, PASSTHROUGH), 'InvalidAnnotation', message));
  }
  return value === 'true';
}

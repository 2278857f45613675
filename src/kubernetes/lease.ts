// coordination.k8s.io/v1 Lease: what a leader election reads of one, and what it writes into one.
// Who may write when is not decided here.

import { Reader } from './reader.ts';

const MS_PER_SECOND = 1_000;

/** Where a Lease is. */
export interface LeaseName {
  readonly namespace: string;
  readonly name: string;
}

export interface Lease {
  /** `metadata.resourceVersion`: a write on top of another one is refused. */
  readonly version: string;
  /** Empty where nobody holds it. */
  readonly holder: string;
  /** How long the holder may be silent; null where it does not say. */
  readonly durationMs: number | null;
  /** Times as their writer's clock told them, which are compared for being equal and no more. */
  readonly acquireTime: string | null;
  readonly renewTime: string | null;
  readonly transitions: number;
}

/** What the API server answered; fields that are not as they should be count as absent. */
export function parseLease(value: unknown): Lease {
  const object = Reader.of(value, []);
  const spec = object.at('spec');
  const seconds = spec.at('leaseDurationSeconds').optionalCount();
  return {
    version: object.at('metadata').at('resourceVersion').optionalString() ?? '',
    holder: spec.at('holderIdentity').optionalString() ?? '',
    durationMs: seconds === null ? null : seconds * MS_PER_SECOND,
    acquireTime: spec.at('acquireTime').optionalString(),
    renewTime: spec.at('renewTime').optionalString(),
    transitions: spec.at('leaseTransitions').optionalCount() ?? 0,
  };
}

export interface LeaseClaim {
  readonly name: LeaseName;
  /** The Lease to write over; null to create it. */
  readonly over: Lease | null;
  /** Empty to give it back. */
  readonly holder: string;
  readonly durationMs: number;
  /** The time of day, in milliseconds since 1970. */
  readonly wallMs: number;
}

/** The object to send. A term begins when the holder changes, and goes on while it renews. */
export function leaseBody({ name, over, holder, durationMs, wallMs }: LeaseClaim): unknown {
  const renewTime = microTime(wallMs);
  const goesOn = over !== null && over.holder === holder;
  // To give a lease back begins no term: client-go counts those who take it.
  const begins = !goesOn && holder !== '' && over !== null;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { ...name, ...(over === null ? {} : { resourceVersion: over.version }) },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: Math.max(1, Math.ceil(durationMs / MS_PER_SECOND)),
      acquireTime: goesOn ? (over.acquireTime ?? renewTime) : renewTime,
      renewTime,
      leaseTransitions: (over?.transitions ?? 0) + (begins ? 1 : 0),
    },
  };
}

/** RFC 3339 with microseconds, the form of a MicroTime. */
function microTime(wallMs: number): string {
  return new Date(wallMs).toISOString().replace('Z', '000Z');
}

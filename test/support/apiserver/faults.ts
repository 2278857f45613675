// Faults on demand: what shall go wrong, for which requests, how often. It only decides; the HTTP
// front and the watches do the harm.

import type { ResourceRequest } from './api-request.ts';

/** Befalls a request instead of, or before, its answer. */
export type RequestFault =
  | { readonly do: 'answer'; readonly code: number; readonly retryAfterSeconds?: number }
  /** Takes the request and never answers. */
  | { readonly do: 'hang' }
  /** Ends the connection in place of an answer. */
  | { readonly do: 'reset' }
  | { readonly do: 'delay'; readonly delayMs: number };

/** Befalls an event of a watch, also of one that is open already. */
export type WatchFault =
  /** The connection ends in the middle of the event. */
  | { readonly do: 'cut' }
  /** The event is a line that is no JSON; the watch goes on. */
  | { readonly do: 'garble' }
  /** Neither this event nor anything else comes through this watch, which stays open. */
  | { readonly do: 'silence' }
  /** The event comes twice. */
  | { readonly do: 'repeat' }
  /** The event changes places with the next one of another object. */
  | { readonly do: 'reorder' }
  /** An ERROR event with code 410 in place of the event, and the watch ends. */
  | { readonly do: 'expire' };

export type FaultAction = RequestFault | WatchFault;

/** Which requests; an absent field matches all. */
export interface FaultScope {
  readonly verb?: ResourceRequest['verb'];
  /** As in manifests: `Ingress`. */
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

export interface FaultOptions {
  readonly on?: FaultScope;
  /** How often it strikes; for ever if absent. */
  readonly times?: number;
}

/** A fault in force, until it has struck often enough or is disposed. */
export class Fault implements Disposable {
  readonly action: FaultAction;
  readonly #scope: FaultScope;
  readonly #end: (fault: Fault) => void;
  #left: number;
  /** How often it has struck. */
  hits = 0;

  constructor(action: FaultAction, { on = {}, times }: FaultOptions, end: (fault: Fault) => void) {
    this.action = action;
    this.#scope = on;
    this.#left = times ?? Number.POSITIVE_INFINITY;
    this.#end = end;
  }

  covers({ verb, kind, namespace, name, subresource }: ResourceRequest): boolean {
    const asked = { verb, kind: kind.kind, namespace, name, subresource };
    return Object.entries(this.#scope).every(
      ([field, wanted]) => asked[field as keyof typeof asked] === wanted,
    );
  }

  strike(): FaultAction {
    this.hits += 1;
    this.#left -= 1;
    if (this.#left <= 0) this.#end(this);
    return this.action;
  }

  [Symbol.dispose](): void {
    this.#end(this);
  }
}

const ON_WATCH = ['cut', 'garble', 'silence', 'repeat', 'reorder', 'expire'];

export class Faults {
  readonly #faults = new Set<Fault>();

  inject(action: FaultAction, options: FaultOptions = {}): Fault {
    const fault = new Fault(action, options, (ended) => this.#faults.delete(ended));
    this.#faults.add(fault);
    return fault;
  }

  /** The first fault that befalls a request, if any; it counts as a strike. */
  forRequest(request: ResourceRequest): RequestFault | null {
    return this.#next(request, false) as RequestFault | null;
  }

  forEvent(request: ResourceRequest): WatchFault | null {
    return this.#next(request, true) as WatchFault | null;
  }

  #next(request: ResourceRequest, isOnWatch: boolean): FaultAction | null {
    for (const fault of this.#faults) {
      if (ON_WATCH.includes(fault.action.do) === isOnWatch && fault.covers(request)) {
        return fault.strike();
      }
    }
    return null;
  }
}

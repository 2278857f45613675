// The translators of the routes and of the endpoints, side by side over one Store. They remember
// what they have seen, so both are let go when one of them has failed.

import type { ObjectRef } from '#base/problem.ts';
import type { SecretNames } from '#kubernetes/named-secrets.ts';
import type { ObjectChange } from '#kubernetes/resources.ts';
import type { Store } from '#kubernetes/store.ts';
import type { RoutingPlan } from '#plan/routing-plan.ts';
import { newCertificateMemory } from '#translate/certificate-memory.ts';
import { type EndpointTranslation, EndpointTranslator } from '#translate/endpoint-translator.ts';
import type { TranslateOptions } from '#translate/translate-input.ts';
import { type Translation, Translator } from '#translate/translator.ts';
import { HeldBack } from './held-back.ts';
import { runInSlices } from './run-in-slices.ts';

export class Translators {
  readonly #objects: HeldBack;
  /** What the translators have not been told yet. */
  #untold: readonly ObjectChange[] = [];
  readonly #options: TranslateOptions;
  /** Outlives the translators: what hosts had must not be lost by a failure of ours. */
  readonly #certificates = newCertificateMemory();
  #routes: Translator;
  #endpoints: EndpointTranslator;
  #haveBegun = false;

  constructor(store: Store, options: TranslateOptions) {
    this.#objects = new HeldBack(store);
    this.#options = options;
    this.#routes = new Translator(options, this.#certificates);
    this.#endpoints = new EndpointTranslator(options);
  }

  /** Forgets all that they have seen. */
  startAfresh(): void {
    this.#routes = new Translator(this.#options, this.#certificates);
    this.#endpoints = new EndpointTranslator(this.#options);
    this.#haveBegun = false;
  }

  /** The changes as they are seen from here, past what is held back. */
  heed(changes: readonly ObjectChange[]): readonly ObjectChange[] {
    const seen = this.#objects.heed(changes);
    this.#untold = [...this.#untold, ...seen];
    return seen;
  }

  /** What they have to be told; null if they have seen nothing yet. */
  takeUntold(): readonly ObjectChange[] | null {
    const untold = this.#haveBegun ? this.#untold : null;
    this.#haveBegun = true;
    this.#untold = [];
    return untold;
  }

  /** Takes changes back, one of each object, until these objects change again. */
  hold(changes: readonly ObjectChange[]): void {
    this.#untold = [...this.#untold, ...this.#objects.hold(changes)];
  }

  /** The objects whose changes are held back. */
  held(): readonly ObjectRef[] {
    return this.#objects.refs();
  }

  routes(changes: readonly ObjectChange[] | null): Promise<Translation> {
    return runInSlices(this.#routes.translate(this.#objects, changes, Date.now()));
  }

  endpoints(
    routes: RoutingPlan,
    changes: readonly ObjectChange[] | null,
  ): Promise<EndpointTranslation> {
    return runInSlices(this.#endpoints.translate(routes, this.#objects, changes));
  }

  /** Of the last translation. */
  secrets(): SecretNames {
    const { defaultSecret, ticketKeySecret } = this.#options;
    const routes = this.#routes;
    return {
      byOperator: [defaultSecret ?? [], ticketKeySecret ?? []].flat(),
      byTenants: [
        ...routes.authoritySecrets(),
        ...this.#endpoints.secrets(),
        ...routes.certificateSecrets(),
      ],
    };
  }
}

// The translators of the routes and of the endpoints, side by side over one Store. They remember
// what they have seen, so both are let go when one of them has failed.

import type { SecretNames } from '#kubernetes/named-secrets.ts';
import type { ObjectChange } from '#kubernetes/resources.ts';
import type { Store } from '#kubernetes/store.ts';
import type { RoutingPlan } from '#plan/routing-plan.ts';
import { newCertificateMemory } from '#translate/certificate-memory.ts';
import { type EndpointTranslation, EndpointTranslator } from '#translate/endpoint-translator.ts';
import type { TranslateOptions } from '#translate/translate-input.ts';
import { type Translation, Translator } from '#translate/translator.ts';
import { runInSlices } from './run-in-slices.ts';

export class Translators {
  readonly #store: Store;
  readonly #options: TranslateOptions;
  /** Outlives the translators: what hosts had must not be lost by a failure of ours. */
  readonly #certificates = newCertificateMemory();
  #routes: Translator;
  #endpoints: EndpointTranslator;
  #haveBegun = false;

  constructor(store: Store, options: TranslateOptions) {
    this.#store = store;
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

  /** What they have to be told; null if they have seen nothing yet. */
  heed(changes: readonly ObjectChange[]): readonly ObjectChange[] | null {
    const haveBegun = this.#haveBegun;
    this.#haveBegun = true;
    return haveBegun ? changes : null;
  }

  routes(changes: readonly ObjectChange[] | null): Promise<Translation> {
    return runInSlices(this.#routes.translate(this.#store, changes, Date.now()));
  }

  endpoints(
    routes: RoutingPlan,
    changes: readonly ObjectChange[] | null,
  ): Promise<EndpointTranslation> {
    return runInSlices(this.#endpoints.translate(routes, this.#store, changes));
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

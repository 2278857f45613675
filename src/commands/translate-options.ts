// What the operator's settings mean to translate. One place, so that `run` serves exactly what
// `routes`, `explain` and `check` tell.

import { networkInterfaces } from 'node:os';
import type { Endpoint } from '#plan/endpoint-plan.ts';
import { ipv6Address } from '#translate/ip-address.ts';
import type { TranslateOptions } from '#translate/translate-input.ts';
import type { Config } from '../config.ts';
import type { PlanOptions } from './command-line.ts';

/** Settings that a command which only reads manifests does without. */
type ClusterOptions = Pick<
  Config,
  | 'watchIngressWithoutClass'
  | 'watchNamespace'
  | 'podNamespace'
  | 'allowLocalEndpoints'
  | 'adminBind'
  | 'adminPort'
  | 'tlsTicketSecret'
>;

/**
 * Manifests are the operator's own word: there need be no class, and an endpoint may be wherever
 * they say. In a cluster many may write objects, and the settings say how far they are trusted.
 */
export function translateOptions(options: PlanOptions & Partial<ClusterOptions>): TranslateOptions {
  const fromManifests = options.manifests.length > 0;
  const { watchNamespace = [], adminBind, adminPort } = options;
  return {
    ingressClass: options.ingressClass,
    controllerName: options.controllerName,
    takeIngressesWithoutClass: fromManifests || options.watchIngressWithoutClass === true,
    // Whoever may read a few namespaces only may read no IngressClass.
    classMayBeUndeclared: fromManifests || watchNamespace.length > 0,
    controllerNamespace: fromManifests ? null : (options.podNamespace ?? null),
    nodeName: options.nodeName,
    zone: options.zone,
    allowLocalEndpoints: fromManifests || options.allowLocalEndpoints === true,
    allowExternalNames: !options.disableExternalNames,
    adminEndpoints:
      adminBind === undefined || adminPort === undefined ? [] : listensOn(adminBind, adminPort),
    defaultBackend: options.defaultBackend,
    defaultSecret: options.defaultTlsSecret,
    ticketKeySecret: options.tlsTicketSecret ?? null,
    selfSigned: null,
    ticketSecret: null,
  };
}

/** The endpoints of a server that is bound to `host`; `0.0.0.0` and `::` are all our addresses. */
function listensOn(host: string, port: number): readonly Endpoint[] {
  const address = ipv6Address(host) ?? host;
  if (address !== '0.0.0.0' && address !== '::') return [{ address, port }];
  const interfaces = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return interfaces.map((one) => ({ address: one.address, port }));
}

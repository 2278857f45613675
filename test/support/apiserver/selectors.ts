// Label and field selectors: text to predicate. Source: Kubernetes, "Labels and Selectors" and
// "Field Selectors". A selector that cannot be read is the client's mistake, 400.

import type { ApiKind } from './api-kinds.ts';
import { type ApiObject, fieldAt } from './api-object.ts';
import { badRequest } from './api-status.ts';
import { toStoredPath } from './event-views.ts';

export type ObjectPredicate = (object: ApiObject) => boolean;

/** Fields that every kind can be selected by, and those of single kinds. */
const COMMON_FIELDS = ['metadata.name', 'metadata.namespace'];
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  Secret: ['type'],
  Pod: ['spec.nodeName', 'status.phase', 'spec.serviceAccountName', 'status.podIP'],
  Node: ['spec.unschedulable'],
  Namespace: ['status.phase'],
  Service: ['spec.clusterIP', 'spec.type'],
  Event: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.fieldPath',
    'involvedObject.resourceVersion',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
};

/** `type=kubernetes.io/tls,metadata.name!=x`. */
export function parseFieldSelector(kind: ApiKind, text: string): ObjectPredicate {
  const terms = text.split(',').filter((term) => term !== '');
  return every(terms.map((term) => fieldTerm(kind, term)));
}

/** `app=web,tier in (a, b),!legacy`. */
export function parseLabelSelector(text: string): ObjectPredicate {
  // A comma inside parentheses belongs to a set.
  const terms = text.match(/[^,(]+(\([^)]*\))?/g) ?? [];
  return every(terms.map((term) => labelTerm(term.trim())));
}

function every(predicates: readonly ObjectPredicate[]): ObjectPredicate {
  return (object) => predicates.every((predicate) => predicate(object));
}

function fieldTerm(kind: ApiKind, term: string): ObjectPredicate {
  const parts = /^([^=!]+)(==|=|!=)(.*)$/.exec(term);
  if (parts === null) throw badRequest(`invalid field selector: ${JSON.stringify(term)}`);
  const [, field = '', operator, wanted] = parts;
  const path = toStoredPath(kind, field);
  const known = [...COMMON_FIELDS, ...(FIELDS[kind.kind] ?? [])];
  if (!known.includes(path)) throw badRequest(`field label not supported: ${field}`);
  const isWanted = (object: ApiObject) => String(fieldAt(object, path) ?? '') === wanted;
  return operator === '!=' ? (object) => !isWanted(object) : isWanted;
}

function labelTerm(term: string): ObjectPredicate {
  const set = /^([^\s=!()]+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(term);
  if (set !== null) return setTerm(set);
  const equality = /^([^\s=!]+)\s*(==|=|!=)\s*([^\s=!]*)$/.exec(term);
  if (equality !== null) {
    const [, name = '', operator, wanted] = equality;
    return ({ metadata: { labels } }) => (labels?.[name] === wanted) !== (operator === '!=');
  }
  const existence = /^(!?)\s*([^\s=!()]+)$/.exec(term);
  if (existence === null) throw badRequest(`unable to parse requirement: ${JSON.stringify(term)}`);
  const [, not, name = ''] = existence;
  return ({ metadata: { labels } }) => (labels?.[name] === undefined) === (not === '!');
}

function setTerm([, name = '', operator, list = '']: RegExpExecArray): ObjectPredicate {
  const values = list.split(',').map((value) => value.trim());
  return ({ metadata: { labels } }) => {
    const value = labels?.[name];
    const isMember = value !== undefined && values.includes(value);
    return operator === 'in' ? isMember : !isMember;
  };
}

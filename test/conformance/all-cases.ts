// The byte suite: every table of it, by title.

import type { ByteCase } from '../support/byte-case.ts';
import { expectations, persistence, upgrades } from './connections.ts';
import { fieldLines, hostField } from './fields.ts';
import { chunks, codings, lengths } from './framing.ts';
import { hopByHop, identity, via } from './hop-by-hop.ts';
import { paths } from './paths.ts';
import { requestLine } from './request-line.ts';
import { responseFraming, responseKinds, statusLines } from './responses.ts';

export const ALL_CASES: Readonly<Record<string, readonly ByteCase[]>> = {
  'a request line': requestLine,
  'a field line': fieldLines,
  Host: hostField,
  'the length of a request': lengths,
  'a transfer coding': codings,
  'a chunked request': chunks,
  'what ends at this hop': hopByHop,
  'who the client is': identity,
  Via: via,
  'a path': paths,
  'a status line': statusLines,
  'the framing of a response': responseFraming,
  'a kind of response': responseKinds,
  'a connection': persistence,
  'an expectation': expectations,
  'an upgrade': upgrades,
};

/** How many cases each rule has, in the order of the rules. */
export function countByRule(): [rule: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { rule } of Object.values(ALL_CASES).flat()) {
    counts.set(rule, (counts.get(rule) ?? 0) + 1);
  }
  return [...counts].toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
}

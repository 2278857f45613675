// The golden corpus: Kubernetes objects in, plan and snapshot out, and tables of requests that the
// naive matcher and the compiled view must both answer as a reader of the documentation expects.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findInList } from '#base/sorted-list.ts';
import { buildSnapshot } from '#compile/build-snapshot.ts';
import type { EndpointPlan, Upstream } from '#plan/endpoint-plan.ts';
import { decodeEndpoints, decodeRoute } from '#snapshot/decode.ts';
import { verifySnapshot } from '#snapshot/verify.ts';
import { SnapshotView } from '#snapshot/view.ts';
import {
  type GoldenCase,
  goldenCaseNames,
  goldenFile,
  goldenFileNames,
  printGoldenCase,
  readGoldenCase,
  readGoldenRequests,
} from './support/golden-case.ts';
import { matchNaively } from './support/naive-matcher.ts';
import { type RoutedRequest, routedRequest } from './support/routed-request.ts';

const SUFFIXES = ['.in.yaml', '.plan.yaml', '.requests.txt', '.snapshot.txt'];

describe.each(goldenCaseNames())('%s', (name) => {
  it('gives the plan and the snapshot on file', () => {
    for (const [file, text] of printGoldenCase(name)) {
      expect(text, `${file}: see npm run update-golden`).toBe(readText(file));
    }
  });

  it('answers its requests, as the naive matcher does', () => {
    const golden = readGoldenCase(name);
    const requests = readGoldenRequests(name);
    expect(requests).not.toHaveLength(0);
    const compiled = compile(golden);
    for (const { method, url, answer } of requests) {
      const request = routedRequest(method, url);
      expect(answerNaively(golden, request), `naive matcher: ${url}`).toBe(answer);
      expect(compiled(request), `compiled view: ${url}`).toBe(answer);
    }
  });
});

it('has every file of every case, and no file of no case', () => {
  const expected = goldenCaseNames().flatMap((name) => SUFFIXES.map((suffix) => name + suffix));
  expect(goldenFileNames()).toEqual(expected.sort());
});

function readText(file: string): string {
  return readFileSync(goldenFile(file), 'utf8');
}

function answerNaively({ routes, endpoints }: GoldenCase, { host, path }: RoutedRequest): string {
  const route = matchNaively(routes, host, path);
  const name = route?.upstreams[0]?.name;
  if (name === undefined) return '404';
  const upstream = findUpstream(endpoints, name);
  return upstream?.endpoints.length === 0 && upstream.externalName === null ? '503' : name;
}

/** Answers by a verified snapshot, endpoints too, except that only the plan knows of DNS. */
function compile({ routes, endpoints, tls }: GoldenCase): (request: RoutedRequest) => string {
  const { arena, root } = buildSnapshot(routes, endpoints, { seed: 0x5eed, tls });
  verifySnapshot(arena.memory, root);
  const view = new SnapshotView(arena.buffer);
  view.adopt(root);
  return ({ text, hostStart, hostEnd, pathStart, pathEnd }) => {
    const offset = view.lookup(text, hostStart, hostEnd, pathStart, pathEnd);
    if (offset === 0) return '404';
    const [target] = decodeRoute(view.memory, offset).upstreams;
    if (target === undefined) return 'no upstream';
    const upstream = decodeEndpoints(view.memory, view.findUpstream(target.key));
    const isEmpty = upstream.endpoints.length === 0 && !isExternal(endpoints, target.name);
    return isEmpty ? '503' : target.name;
  };
}

function findUpstream({ upstreams }: EndpointPlan, name: string): Upstream | null {
  return findInList(upstreams, name, (one) => one.name);
}

function isExternal(endpoints: EndpointPlan, name: string): boolean {
  return (findUpstream(endpoints, name)?.externalName ?? null) !== null;
}

// `headgate explain`: which rule answers a URL, where it is written, which endpoints stand behind
// it, and why the other rules do not answer.

import { printable } from '#base/printable.ts';
import { formatRef } from '#base/problem.ts';
import { formatTable } from '#base/table.ts';
import type { Upstream } from '#plan/endpoint-plan.ts';
import { formatEndpoint } from '#plan/print-plan.ts';
import type { Route, VirtualHost } from '#plan/routing-plan.ts';
import { settings } from '../settings.ts';
import { type Candidate, fittingHosts, judgeCandidates, namesFitting } from './candidates.ts';
import type { PlanOptions } from './command-line.ts';
import { findAnswer } from './find-answer.ts';
import { problemLines } from './problem-lines.ts';
import { formatPlace, type ReadPlan, readPlan } from './read-plan.ts';
import { foreignIngresses, relatedProblems } from './related-problems.ts';
import type { Report } from './report.ts';
import type { RequestTarget } from './request-target.ts';

/** Exit code 1 if the answer is 404. */
export function explain(options: PlanOptions, target: RequestTarget): Report {
  const plan = readPlan(options);
  const hosts = fittingHosts(plan.routes, target.host);
  const answer = findAnswer(plan.routes, plan.endpoints, { hosts, target });
  const { defaultRoute } = plan.routes;
  const candidates = judgeCandidates(hosts, defaultRoute, { target, answer });
  const text = [
    formatTable([
      ['request', `host ${target.host}, path ${target.path}`],
      ...(answer === null ? [['answer', nothing(hosts)]] : answerRows(answer, hosts, plan)),
    ]),
    ...section('considered, in this order', candidateTable(candidates, plan)),
    ...section('problems, and rules left out', leftOut(plan, options, target)),
  ];
  return { text: text.join(''), remark: '', exitCode: answer === null ? 1 : 0 };
}

function nothing([best]: readonly VirtualHost[]): string {
  const reason =
    best === undefined ? 'no rule is for this host' : `no path of ${best.host} matches`;
  return `404: ${reason}, and there is no default backend`;
}

function answerRows(answer: Route, [best]: readonly VirtualHost[], plan: ReadPlan): string[][] {
  const { match, source } = answer;
  const rule = `${match.type} ${match.path} of host ${best?.host}`;
  return [
    ['answer', source.object === null ? 'the default backend' : rule],
    ['from', formatSource(answer, plan)],
    ...behind(answer, plan),
  ];
}

function formatSource(route: Route, plan: ReadPlan): string {
  const { object, field } = route.source;
  if (object === null) return settings.defaultBackend.flag;
  return `${formatRef(object)} ${field}, ${formatPlace(route, plan)}`;
}

function behind({ upstreams }: Route, plan: ReadPlan): string[][] {
  return upstreams.flatMap(({ name }) => [
    ['upstream', name],
    ['endpoints', formatEndpoints(plan.upstreams.get(name))],
  ]);
}

function formatEndpoints(upstream: Upstream | undefined): string {
  const { externalName, endpoints } = upstream ?? { externalName: null, endpoints: [] };
  if (externalName) return `by DNS: ${externalName.host}:${externalName.port}`;
  return endpoints.length === 0 ? 'none: 503' : endpoints.map(formatEndpoint).join(', ');
}

function candidateTable(candidates: readonly Candidate[], plan: ReadPlan): string {
  return formatTable(
    candidates.map(({ host, route, verdict }) => [
      `  ${host}`,
      route.match.type,
      route.match.path,
      verdict,
      route.source.object === null ? '' : formatRef(route.source.object),
      formatPlace(route, plan),
    ]),
  );
}

function leftOut(plan: ReadPlan, options: PlanOptions, { host }: RequestTarget): string {
  const names = namesFitting(host);
  const foreign = foreignIngresses(plan, options, names).map((ingress) => {
    const className = ingress.ingressClassName ?? ingress.classAnnotation ?? '';
    const position = ingress.locate?.('spec.ingressClassName');
    const place = position === undefined ? '' : `${position.file}:${position.line}: `;
    return `${place}class ${JSON.stringify(className)} is not Headgate's (${formatRef(ingress)})`;
  });
  const lines = [...problemLines(relatedProblems(plan, names)), ...foreign];
  return lines.map((line) => `  ${printable(line)}\n`).join('');
}

function section(title: string, body: string): string[] {
  return body === '' ? [] : [`\n${title}:\n`, body];
}

import { describe, expect, it } from 'vitest';
import type { PlanOptions } from '../../src/commands/command-line.ts';
import { explain } from '../../src/commands/explain.ts';
import type { Report } from '../../src/commands/report.ts';
import { parseRequestTarget } from '../../src/commands/request-target.ts';
import { GOOD, MIXED, SITE, tell } from '../support/tell.ts';

function explainUrl(url: string): (options: PlanOptions) => Report {
  return (options) => explain(options, parseRequestTarget(url));
}

describe('explain', () => {
  it('tells the rule, its place, its endpoints, and why the others do not answer', async () => {
    const report = await tell(explainUrl('http://a.shop.example:8080/cart/vip?x=1'), GOOD);
    expect(report.lines.map((line) => line.trim().replaceAll(/ {2,}/g, ' | '))).toEqual([
      'request | host a.shop.example, path /cart/vip',
      'answer | Exact /cart/vip of host a.shop.example',
      'from | Ingress web/shop spec.rules[0].http.paths[1], good.yaml:19',
      'upstream | web/site:80',
      'endpoints | 192.0.2.1:8080, 192.0.2.2:8080',
      '',
      'considered, in this order:',
      'a.shop.example | Exact | /cart/vip | answers | Ingress web/shop | good.yaml:19',
      'a.shop.example | Prefix | /cart | exact path won | Ingress web/shop | good.yaml:12',
      '*.shop.example | Prefix | / | host a.shop.example is more specific | ' +
        'Ingress web/wildcard | good.yaml:38',
      '',
      'problems, and rules left out:',
      'good.yaml:52: class "nginx" is not Headgate\'s (Ingress web/foreign)',
    ]);
    expect(report.exitCode).toBe(0);
  });

  it.each([
    ['a.shop.example/cart/vip', 'answer     Exact /cart/vip of host a.shop.example', 0],
    ['A.SHOP.EXAMPLE./cart/', 'answer     Prefix /cart of host a.shop.example', 0],
    ['b.shop.example/', 'answer     Prefix / of host *.shop.example', 0],
    ['b.shop.example/', 'endpoints  by DNS: partner.example:80', 0],
    [
      'a.shop.example/cartoon',
      'answer   404: no path of a.shop.example matches, and there is no default backend',
      1,
    ],
    [
      'a.b.shop.example/',
      'answer   404: no rule is for this host, and there is no default backend',
      1,
    ],
  ])('of %s says: %s', async (url, line, exitCode) => {
    const report = await tell(explainUrl(url), GOOD);
    expect(report.lines).toContain(line);
    expect(report.exitCode).toBe(exitCode);
  });

  it('names the default backend where no rule answers', async () => {
    const report = await tell(explainUrl('nowhere.example'), GOOD, { defaultBackend: SITE });
    expect(report.lines).toContain('answer     the default backend');
    expect(report.lines).toContain('  (default)  Prefix  /  answers    command line');
    expect(report.exitCode).toBe(0);
  });

  it.each<[string, string[], string[]]>([
    [
      'a.shop.example/cart',
      ['InvalidHost', 'InvalidObject', 'RouteConflict', 'class "nginx"'],
      ['InvalidPath', 'ServiceNotFound'],
    ],
    [
      'other.example/',
      ['InvalidHost', 'InvalidObject', 'InvalidPath', 'ServiceNotFound'],
      ['RouteConflict', 'class "nginx"'],
    ],
  ])('of %s tells of %j, which may matter, and not of %j', async (url, told, untold) => {
    const text = (await tell(explainUrl(url), MIXED)).lines.join('\n');
    for (const word of told) expect(text).toContain(word);
    for (const word of untold) expect(text).not.toContain(word);
    expect(text).not.toContain('\x1b');
  });
});

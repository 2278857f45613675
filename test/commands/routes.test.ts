import { describe, expect, it } from 'vitest';
import { routes } from '../../src/commands/routes.ts';
import { GOOD, MIXED, SITE, tell } from '../support/tell.ts';

describe('routes', () => {
  it('prints one aligned line for each route, with the place where it is written', async () => {
    expect(await tell(routes, GOOD, { defaultBackend: SITE })).toEqual({
      lines: [
        'HOST            PATH       TYPE    UPSTREAM        ENDPOINTS  INGRESS       PLACE',
        '*.shop.example  /          Prefix  web/partner:80  by DNS     web/wildcard  good.yaml:38',
        'a.shop.example  /cart/vip  Exact   web/site:80     2          web/shop      good.yaml:19',
        'a.shop.example  /cart      Prefix  web/site:http   2          web/shop      good.yaml:12',
        '(default)       /          Prefix  web/site:80     2                        command line',
      ],
      remark: '',
      exitCode: 0,
    });
  });

  it('prints the good routes in spite of problems, and remarks on those', async () => {
    const { lines, remark, exitCode } = await tell(routes, MIXED);
    expect(lines).toContain(
      'a.shop.example  /cart      Prefix  web/site:80     2          web/rival     bad.yaml:12',
    );
    expect(remark).toBe('5 problems: "headgate check" tells more\n');
    expect(exitCode).toBe(0);
  });

  it('of a directory without manifests is the header', async () => {
    expect((await tell(routes, {})).lines).toEqual([
      'HOST  PATH  TYPE  UPSTREAM  ENDPOINTS  INGRESS  PLACE',
    ]);
  });
});

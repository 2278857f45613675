import { describe, expect, it } from 'vitest';
import { check } from '../../src/commands/check.ts';
import { GOOD, MIXED, SITE, tell } from '../support/tell.ts';

describe('check', () => {
  it('counts the objects if nothing is wrong', async () => {
    expect(await tell(check, GOOD)).toEqual({ lines: ['ok: 6 objects'], remark: '', exitCode: 0 });
  });

  it('prints the problems in the order of files and lines, fit for a terminal', async () => {
    const { lines, remark, exitCode } = await tell(check, MIXED);
    expect(lines).toEqual([
      expect.stringMatching(
        /^bad\.yaml:19: InvalidHost: .*"bad\.example\\u001b\[2J".* \(Ingress web\/rival spec\.rules\[1]\.host\)$/,
      ),
      expect.stringMatching(/^bad\.yaml:32: InvalidPath: .*"no-slash"/),
      expect.stringMatching(/^bad\.yaml:36: ServiceNotFound: .*"web\/missing"/),
      expect.stringMatching(
        /^bad\.yaml:46: InvalidObject: .* \(Ingress web\/unreadable spec\.rules\)$/,
      ),
      expect.stringMatching(/^good\.yaml:12: RouteConflict: .* Ingress web\/rival /),
    ]);
    expect(remark).toBe('');
    expect(exitCode).toBe(1);
  });

  it('knows the default backend of the command line', async () => {
    const defaultBackend = { ...SITE, service: 'nobody' };
    const { lines, exitCode } = await tell(check, GOOD, { defaultBackend });
    expect(lines).toEqual([expect.stringMatching(/^ServiceNotFound: .*"web\/nobody"/)]);
    expect(exitCode).toBe(1);
  });
});

import { describe, expect, it } from 'vitest';
import { createJsonLog } from '../../src/base/log.ts';
import { warnOfOldRuntime } from '../../src/commands/runtime-version.ts';

describe('the warning of an old Node.js', () => {
  it.each([
    ['v26.0.0', 1],
    ['v26.10.0', 1],
    ['v26.13.0', 1],
    ['v26.13.1', 0],
    ['v26.13.2', 0],
    ['v26.14.0', 0],
    ['v27.0.0', 0],
  ])('for %s is logged %i times', (version, count) => {
    const lines: string[] = [];
    warnOfOldRuntime(version, createJsonLog('info', { write: (line) => void lines.push(line) }));
    expect(lines).toHaveLength(count);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ level: 'warn', version });
  });
});

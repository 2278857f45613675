import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJsonLog, createPrettyLog, type LogLevel } from '../../src/base/log.ts';

function jsonLines(level: LogLevel = 'info') {
  const lines: string[] = [];
  return { lines, log: createJsonLog(level, { write: (line) => void lines.push(line) }) };
}

function prettyLines() {
  const lines: string[] = [];
  return { lines, log: createPrettyLog('info', { write: (line) => void lines.push(line) }) };
}

describe('the JSON log', () => {
  it('writes level, time, fields and message on one line', () => {
    const { lines, log } = jsonLines();
    log.info('listening', { role: 'proxy', port: 80 });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^\{"level":"info","time":"[0-9T:.-]+Z","role":"proxy","port":80,"msg":"listening"\}\n$/,
    );
  });

  it.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
  ] as const)('at level %s writes %j', (level, expected) => {
    const { lines, log } = jsonLines(level);
    log.debug('m');
    log.info('m');
    log.warn('m');
    log.error('m');
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(expected);
  });

  it('writes an error with its stack', () => {
    const { lines, log } = jsonLines();
    log.error('failed', { error: new RangeError('too far') });
    const { error } = JSON.parse(String(lines[0]));
    expect(error).toMatchObject({ type: 'RangeError', message: 'too far' });
    expect(error.stack).toContain('log.test.ts');
  });

  it('holds any text in fields, names of fields and messages, on one line without controls', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { lines, log } = jsonLines();
        log.info(text, { host: text, nested: [{ [`key ${text}`]: text }] });
        expect(lines.join('')).toMatch(/^\P{Cc}*\n$/u);
        expect(JSON.parse(lines.join(''))).toMatchObject({ host: text, msg: text });
      }),
    );
  });
});

describe('the log on a terminal', () => {
  it('is one readable line', () => {
    const { lines, log } = prettyLines();
    log.info('listening', { role: 'proxy', port: 80 });
    expect(stripVTControlCharacters(lines.join(''))).toMatch(
      /^\[[0-9:.]+\] INFO: listening \{"role":"proxy","port":80\}\n$/,
    );
  });

  it('shows escape sequences and line feeds, and does not obey them', () => {
    const { lines, log } = prettyLines();
    log.warn('a\x1b[2Jb\nc', { host: '\x9b31m\r\n[00:00:00] INFO: forged' });
    const text = stripVTControlCharacters(lines.join(''));
    expect(text).toContain('WARN: a\\u001b[2Jb\\nc');
    expect(text).toContain('"host":"\\u009b31m\\r\\n[00:00:00] INFO: forged"');
    expect(text.indexOf('\n')).toBe(text.length - 1);
  });

  it('never writes a control character of a field or a message, an error included', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { lines, log } = prettyLines();
        log.error(text, { host: text, [`key ${text}`]: text, error: new Error(text) });
        const laidOut = stripVTControlCharacters(lines.join(''));
        expect(laidOut.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
        // Only the layout begins lines: with a time, or indented.
        for (const line of lines.join('').trimEnd().split('\n')) expect(line).toMatch(/^(\[| )/);
      }),
    );
  });
});

// The log: one JSON object a line on stderr, or readable lines where stderr is a terminal. The only
// importer of pino. Fields may hold text that strangers wrote: no byte of it reaches a terminal
// unescaped, and none of it can begin a line.

import { isatty } from 'node:tty';
import { type DestinationStream, destination, pino, stdSerializers } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { printable } from './printable.ts';

export type LogLevel = (typeof LOG_LEVELS)[number];
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export type LogFields = Readonly<Record<string, unknown>>;

/** A message is a constant text; whatever varies goes into the fields. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  /** An Error in the field `error` is written with its stack. */
  error(message: string, fields?: LogFields): void;
}

const STDERR = 2;

/** A log on stderr. Each line is written before the call returns, so none is lost at exit. */
export function createLog(level: LogLevel): Log {
  const stream = destination({ dest: STDERR, sync: true });
  return isatty(STDERR) ? createPrettyLog(level, stream) : createJsonLog(level, stream);
}

/** Lines such as `{"level":"info","time":"2026-01-31T09:30:00.000Z","port":80,"msg":"ready"}`. */
export function createJsonLog(level: LogLevel, stream: DestinationStream): Log {
  return createFormattedLog({ level, stream, format: (line) => `${printable(line)}\n` });
}

/** Lines for people. Control characters are shown as JSON escapes, line feeds as well. */
export function createPrettyLog(level: LogLevel, stream: DestinationStream): Log {
  const pretty = prettyFactory({
    colorize: true,
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss.l',
  });
  const format = (line: string): string => `${pretty(escapeTwice(line))?.trimEnd()}\n`;
  return createFormattedLog({ level, stream, format });
}

interface FormattedLogOptions {
  readonly level: LogLevel;
  readonly stream: DestinationStream;
  /** Takes one line of JSON without its line feed. */
  readonly format: (line: string) => string;
}

function createFormattedLog({ level, stream, format }: FormattedLogOptions): Log {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: stdSerializers.err },
      hooks: { streamWrite: (line) => format(line.trimEnd()) },
    },
    stream,
  );
  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
  };
}

const JSON_ESCAPE = /\\(u[0-9a-fA-F]{4}|.)/g;

// pino-pretty parses the line and prints its strings raw. After this they hold the escapes of
// control characters rather than the characters; escaped quotes and backslashes stay as they are.
function escapeTwice(line: string): string {
  return printable(line).replace(JSON_ESCAPE, (sequence, code: string) =>
    code === '"' || code === '\\' ? sequence : `\\${sequence}`,
  );
}

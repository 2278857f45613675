// The Connection field (RFC 9110 7.6.1): a list of options, each of which may also be the name of a
// field that ends at this hop.

import { limits } from '#base/limits.ts';
import type { FieldLines } from './field-lines.ts';
import { Field } from './field-names.ts';

/** Fields that a peer cannot take away by naming them in Connection: they are not its to remove. */
const UNTOUCHABLE: ReadonlySet<Field> = new Set<Field>([
  Field.host,
  Field.contentLength,
  Field.transferEncoding,
  Field.requestId,
]);

/** What the Connection fields of a head say, all together. */
export interface ConnectionOptions {
  /** The connection outlives this message (RFC 9112 9.3). */
  keepAlive: boolean;
  /** `close` was among them: it wins, wherever it stands. */
  closes: boolean;
  /** How many there were, of any kind. */
  optionCount: number;
  /** `upgrade` was among them: an Upgrade field is meant (RFC 9110 7.8). */
  upgrades: boolean;
  /** Some option is none of these, so it may name a field. */
  namesFields: boolean;
}

/** Adds one Connection value to `options`. False: there are more than anybody needs. */
export function readConnection(value: string, options: ConnectionOptions): boolean {
  const text = value.toLowerCase();
  // Nearly always there is one, and to split it would be a call into the runtime.
  if (!text.includes(',')) readOption(text, options);
  else for (const option of text.split(',')) readOption(option.trim(), options);
  if (options.closes) options.keepAlive = false;
  return options.optionCount <= limits.connectionOptionsMax;
}

function readOption(option: string, options: ConnectionOptions): void {
  options.optionCount += 1;
  if (option === 'close') options.closes = true;
  else if (option === 'keep-alive') options.keepAlive = true;
  else if (option === 'upgrade') options.upgrades = true;
  else options.namesFields = true;
}

/** Marks every field that a Connection line names as ending here, so that it is not forwarded. */
export function markNamedFields(bytes: Uint8Array, text: string, lines: FieldLines): void {
  for (let line = 0; line < lines.count; line += 1) {
    if (lines.field(line) !== Field.connection) continue;
    const options = text.slice(lines.valueStart(line), lines.valueEnd(line)).toLowerCase();
    for (const option of options.split(',')) markNamed(bytes, lines, option.trim());
  }
}

function markNamed(bytes: Uint8Array, lines: FieldLines, name: string): void {
  for (let line = 0; line < lines.count; line += 1) {
    if (UNTOUCHABLE.has(lines.field(line))) continue;
    if (lines.isNamed(bytes, line, name)) lines.setField(line, Field.hopByHop);
  }
}

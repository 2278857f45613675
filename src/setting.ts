// What a setting is, and the parts that many settings have in common. Which settings there are is
// told by the tables of settings.ts, cluster-settings.ts and proxy-settings.ts.

import type { Config } from './config.ts';
import { last } from './setting-values.ts';

export interface Setting<T> {
  /** Its environment twin has the same name: `--http-port`, HEADGATE_HTTP_PORT. */
  readonly flag: `--${string}`;
  /** Empty for a switch, which is given without a value. */
  readonly placeholder: string;
  readonly help: string;
  readonly defaultText: string;
  /** Given several times, or as a list with commas in the environment. */
  readonly repeatable: boolean;
  /** What a value must be, to follow "expected". */
  readonly expected: string;
  readonly fallback: () => T;
  /** Undefined if one of the texts, of which there is at least one, is not as expected. */
  readonly parse: (texts: readonly string[]) => T | undefined;
}

/** All settings, or those of one theme. */
export type Settings = { readonly [Key in keyof Config]: Setting<Config[Key]> };

/** For what is on or off. */
export const SWITCH = {
  placeholder: '',
  repeatable: false,
  expected: 'true or false',
  fallback: () => false,
  parse: (texts: readonly string[]) => SWITCH_VALUES.get(last(texts)),
} as const;
const SWITCH_VALUES: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

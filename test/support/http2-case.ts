// One case of the HTTP/2 table: raw frames, and what becomes of them.

/**
 * The session ends with a GOAWAY, the stream with a RST_STREAM; there is an answer; or nothing, so
 * that a PING is answered next. Where the RFC asks for an error of the stream, one of the session
 * is as good (RFC 9113 5.4.1).
 */
export type Outcome = `session ${string}` | `stream ${string}` | `status ${number}` | 'lives';

export interface Http2Case {
  /** A section: `RFC 9113 4.2`. */
  readonly rule: string;
  readonly name: string;
  readonly frames: readonly Buffer[];
  readonly outcome: Outcome;
  /** The client's first frame, in place of empty settings. */
  readonly opening?: Buffer;
}

export type Row = readonly [
  name: string,
  frames: readonly Buffer[],
  outcome: Outcome,
  more?: Pick<Http2Case, 'opening'>,
];

/** The cases of one section of RFC 9113, or of another RFC that it names. */
export function rule(section: string, ...rows: readonly Row[]): Http2Case[] {
  return rows.map(([name, frames, outcome, more]) => ({
    rule: section.startsWith('RFC') ? section : `RFC 9113 ${section}`,
    name,
    frames,
    outcome,
    ...more,
  }));
}

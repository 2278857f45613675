// The result of reading a user's text: a value, or what is wrong with it. Who reads the text knows
// which field holds it and makes the Problem.

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly mistake: string };

export function parsed<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

/** `mistake` is one sentence that quotes the text. */
export function mistaken(mistake: string): { readonly ok: false; readonly mistake: string } {
  return { ok: false, mistake };
}

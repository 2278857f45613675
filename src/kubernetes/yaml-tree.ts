// One YAML or JSON document: its value, or what keeps it from being YAML, and the line of each
// field. The only importer of the yaml package. It does not know Kubernetes.

import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { limits } from '#base/limits.ts';

export interface YamlFault {
  /** Counts from 1 at the beginning of the document. */
  readonly line: number;
  readonly message: string;
}

// The messages of the package may quote the document, which may hold a Secret; these never do.
const MESSAGES: Readonly<Record<string, string>> = {
  ALIAS_PROPS: 'an alias cannot have a tag or an anchor',
  BAD_ALIAS: 'bad alias',
  BAD_DIRECTIVE: 'bad directive',
  BAD_DQ_ESCAPE: 'bad escape sequence in a double-quoted string',
  BAD_INDENT: 'wrong indentation, or a bracket that is not closed',
  BAD_SCALAR_START: 'a plain value cannot begin with this character; quote it',
  BLOCK_AS_IMPLICIT_KEY:
    'a map cannot begin here; quote a value that holds ": ", or check the indentation',
  BLOCK_IN_FLOW: 'a block cannot stand inside brackets',
  DUPLICATE_KEY: 'this key is there twice',
  KEY_OVER_1024_CHARS: 'a key is longer than 1024 characters',
  MISSING_CHAR: 'a colon, comma, quote or bracket is missing',
  MULTILINE_IMPLICIT_KEY: 'a key must be on one line; perhaps a colon is missing',
  NON_STRING_KEY: 'a key must be a string',
  RESOURCE_EXHAUSTION: 'nested too deeply',
  TAB_AS_INDENT: 'a tab cannot indent',
  UNEXPECTED_TOKEN: 'this cannot stand here',
};

/** Parses one document. Keys are strings, duplicate keys are faults, `<<` merges. */
export class YamlTree {
  /** Undefined where there is a fault. */
  readonly value: unknown;
  readonly fault: YamlFault | null;
  readonly #lines = new LineCounter();
  readonly #document: ReturnType<typeof parseDocument>;

  constructor(text: string) {
    this.#document = parseDocument(text, {
      lineCounter: this.#lines,
      logLevel: 'silent',
      merge: true,
      prettyErrors: false,
      stringKeys: true,
    });
    const error = this.#document.errors[0];
    this.value = undefined;
    if (error === undefined) {
      try {
        this.value = this.#document.toJS({ maxAliasCount: limits.manifestAliasesMax });
        this.fault = null;
      } catch {
        // Thrown for an unknown anchor, too many aliases, and values nested too deeply.
        const message = 'an alias has no anchor before it, or expands to too much';
        this.fault = { line: this.lineOf(''), message };
      }
    } else {
      const message = MESSAGES[error.code] ?? `error ${error.code}`;
      this.fault = { line: this.#lineAt(error.pos[0]), message };
    }
  }

  /**
   * The line of a field such as `spec.rules[0].host` or `metadata.annotations[a/b]`, or of its
   * nearest ancestor that is there. The empty field is the whole document.
   */
  lineOf(field: string): number {
    let node: unknown = this.#document.contents;
    let offset = (node as Node | null)?.range?.[0] ?? 0;
    for (const [segment] of field.matchAll(/\[[^\]]*\]|[^.[\]]+/g)) {
      const child = this.#child(node, segment.startsWith('[') ? segment.slice(1, -1) : segment);
      if (child === null) break;
      node = child.value;
      offset = child.at?.range?.[0] ?? offset;
    }
    return this.#lineAt(offset);
  }

  #child(parent: unknown, key: string): { at: Node | null; value: unknown } | null {
    const node = isAlias(parent) ? parent.resolve(this.#document) : parent;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
      return pair === undefined ? null : { at: pair.key as Node, value: pair.value };
    }
    const item = isSeq(node) && /^\d+$/.test(key) ? node.items[Number(key)] : undefined;
    return item === undefined ? null : { at: item as Node, value: item };
  }

  #lineAt(offset: number): number {
    return Math.max(1, this.#lines.linePos(offset).line);
  }
}

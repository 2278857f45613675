// One document of a manifest file: the objects in it, and what is wrong with it. All lines inside
// are counted from its own beginning, so that an unchanged document stays as it is when lines are
// added above it: only `moveTo` is called.

import type { FilePosition, ObjectRef, Problem } from '#base/problem.ts';
import { KINDS } from './kinds.ts';
import { parse } from './parse.ts';
import { type Fault, Reader } from './reader.ts';
import type { Resource } from './resources.ts';
import { type YamlFault, YamlTree } from './yaml-tree.ts';

export interface ManifestObject {
  /** Null where the object cannot be named. */
  readonly ref: ObjectRef | null;
  /** Null where the object is not valid. */
  readonly resource: Resource | null;
  readonly faults: readonly LocatedFault[];
}

/** Found once, while the parsed document is at hand. */
interface LocatedFault extends Fault {
  readonly line: number;
}

export interface SkippedKind {
  readonly apiVersion: string;
  readonly kind: string;
}

export class ManifestDocument {
  readonly text: string;
  readonly objects: readonly ManifestObject[];
  /** Objects of kinds that Headgate does not read. */
  readonly skipped: readonly SkippedKind[];
  readonly #file: string;
  #firstLine: number;
  readonly #yamlFault: YamlFault | null;
  // A tree is many times the size of its text, and wanted while translate tells Problems, but then
  // many times. So it is kept until memory is short, and parsed again after that.
  #tree: WeakRef<YamlTree>;

  constructor(options: { file: string; text: string; firstLine: number }) {
    this.#file = options.file;
    this.#firstLine = options.firstLine;
    this.text = options.text;
    const tree = new YamlTree(options.text);
    this.#tree = new WeakRef(tree);
    this.#yamlFault = tree.fault;
    const skipped: SkippedKind[] = [];
    this.objects = this.#readObjects(tree, skipped);
    this.skipped = skipped;
  }

  get isYaml(): boolean {
    return this.#yamlFault === null;
  }

  /** Says on which line of the file the document begins by now. */
  moveTo(firstLine: number): void {
    this.#firstLine = firstLine;
  }

  problems(): Problem[] {
    if (this.#yamlFault !== null) {
      const { line, message } = this.#yamlFault;
      const position = this.#position(line);
      return [
        { object: null, field: '', reason: 'NotYaml', message: `not YAML: ${message}`, position },
      ];
    }
    return this.objects.flatMap((object) =>
      object.faults.map(({ field, message, line }) => ({
        object: object.ref,
        field,
        reason: 'InvalidObject',
        message: field === '' ? message : `${field}: ${message}`,
        position: this.#position(line),
      })),
    );
  }

  #position(line: number): FilePosition {
    return { file: this.#file, line: this.#firstLine + line - 1 };
  }

  #readObjects(tree: YamlTree, skipped: SkippedKind[]): ManifestObject[] {
    if (tree.value === null || tree.value === undefined) return [];
    const read = (value: unknown, root: string): ManifestObject[] => {
      const found = this.#readObject({ value, root, tree });
      if ('ref' in found) return [found];
      skipped.push(found);
      return [];
    };
    const items = itemsOf(tree.value);
    if (items === null) return read(tree.value, '');
    return items.flatMap((item, index) => read(item, `items[${index}]`));
  }

  /** `root` is the path of the object inside the document: empty, or `items[3]` in a List. */
  #readObject({ value, root, tree }: Candidate): ManifestObject | SkippedKind {
    const faults: Fault[] = [];
    const object = Reader.of(value, faults);
    const apiVersion = object.at('apiVersion').string();
    const kindName = object.at('kind').string();
    if (root !== '' && itemsOf(value) !== null) object.fault('a List cannot stand inside a List');
    const located = (fault: Fault): LocatedFault => ({
      ...fault,
      line: tree.lineOf(joinPath(root, fault.field)),
    });
    if (faults.length > 0) return { ref: null, resource: null, faults: faults.map(located) };
    const kind = KINDS.find((row) => row.kind === kindName && row.apiVersion === apiVersion);
    if (kind === undefined) return { apiVersion, kind: kindName };
    const parsed = parse(kind, value, this.#locator(root, tree));
    return { ...parsed, faults: parsed.faults.map(located) };
  }

  #locator(root: string, tree: YamlTree): (field: string) => FilePosition {
    const rootLine = tree.lineOf(root);
    return (field) =>
      this.#position(field === '' ? rootLine : this.#parsed().lineOf(joinPath(root, field)));
  }

  #parsed(): YamlTree {
    const tree = this.#tree.deref() ?? new YamlTree(this.text);
    this.#tree = new WeakRef(tree);
    return tree;
  }
}

interface Candidate {
  readonly value: unknown;
  readonly root: string;
  readonly tree: YamlTree;
}

function joinPath(root: string, field: string): string {
  return root === '' || field === '' ? root + field : `${root}.${field}`;
}

/** The items of a `List`, or of an `IngressList` and the like; null for any other object. */
function itemsOf(value: unknown): readonly unknown[] | null {
  if (typeof value !== 'object' || value === null) return null;
  const { apiVersion, kind, items } = value as Readonly<Record<string, unknown>>;
  if (typeof kind !== 'string' || !kind.endsWith('List')) return null;
  if (!Array.isArray(items)) return kind === 'List' ? [] : null;
  if (kind === 'List') return items;
  // The API server leaves the kind out of the items of a typed list.
  const itemKind = { apiVersion, kind: kind.slice(0, -'List'.length) };
  return items.map((item) => (isMap(item) ? { ...itemKind, ...item } : item));
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

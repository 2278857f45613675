// What the architecture rules need to know of one TypeScript file. Read with the parser that vitest
// brings along, so that no text in a string or a comment is mistaken for code.

import { type ESTree, parseSync, Visitor, type VisitorObject } from 'vite';

export interface SourceFile {
  /** Relative to the root, with slashes: `src/proxy/http1/request-head.ts`. */
  readonly path: string;
  readonly lines: readonly string[];
  readonly imports: readonly Import[];
  readonly uses: readonly Use[];
  readonly functions: readonly FunctionExtent[];
  readonly comments: readonly Comment[];
  /** Lines of `export default`. */
  readonly defaultExports: readonly number[];
  /** Lines of `export ... from`. */
  readonly reExports: readonly number[];
}

export interface Import {
  readonly specifier: string;
  readonly isTypeOnly: boolean;
  readonly line: number;
}

/**
 * A way in which code reaches for something, in one word: `Date.now`, `console` (any member),
 * `new RegExp`, `setTimeout()`, `async`, `await`, `._handle` (that member of anything).
 */
export interface Use {
  readonly name: string;
  readonly line: number;
}

export interface FunctionExtent {
  readonly name: string;
  readonly line: number;
  /** Lines that are not blank. */
  readonly size: number;
}

export interface Comment {
  readonly text: string;
  readonly line: number;
}

type AnyFunction = ESTree.Function | ESTree.ArrowFunctionExpression;

/** Throws if `text` is not TypeScript. */
export function readSource(path: string, text: string): SourceFile {
  const { program, comments, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const lineAt = lineFinder(text);
  const lines = text.split('\n');
  const file = {
    path,
    lines,
    imports: [] as Import[],
    uses: [] as Use[],
    functions: [] as FunctionExtent[],
    comments: comments.map(({ value, start }) => ({ text: value.trim(), line: lineAt(start) })),
    defaultExports: [] as number[],
    reExports: [] as number[],
  };
  const visitors = { ...importVisitor(file, lineAt), ...useVisitor(file, lineAt) };
  new Visitor({ ...visitors, ...functionVisitor(file, lineAt) }).visit(program);
  return file;
}

interface Collected {
  readonly lines: readonly string[];
  readonly imports: Import[];
  readonly uses: Use[];
  readonly functions: FunctionExtent[];
  readonly defaultExports: number[];
  readonly reExports: number[];
}

type LineAt = (offset: number) => number;

function lineFinder(text: string): LineAt {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => starts.findLastIndex((start) => start <= offset) + 1;
}

function importVisitor(file: Collected, lineAt: LineAt): VisitorObject {
  const add = (specifier: string, isTypeOnly: boolean, start: number) => {
    file.imports.push({ specifier, isTypeOnly, line: lineAt(start) });
  };
  return {
    ImportDeclaration: (node) => add(node.source.value, node.importKind === 'type', node.start),
    ImportExpression: (node) => {
      if (node.source.type === 'Literal') add(String(node.source.value), false, node.start);
    },
    ExportAllDeclaration: (node) => {
      add(node.source.value, node.exportKind === 'type', node.start);
      file.reExports.push(lineAt(node.start));
    },
    ExportNamedDeclaration: (node) => {
      if (node.source === null) return;
      add(node.source.value, node.exportKind === 'type', node.start);
      file.reExports.push(lineAt(node.start));
    },
    ExportDefaultDeclaration: (node) => {
      file.defaultExports.push(lineAt(node.start));
    },
  };
}

function useVisitor(file: Collected, lineAt: LineAt): VisitorObject {
  const add = (name: string, start: number) => file.uses.push({ name, line: lineAt(start) });
  return {
    MemberExpression: (node) => {
      const property = node.property.type === 'Identifier' ? node.property.name : '';
      if (node.computed || property === '') return;
      add(`.${property}`, node.start);
      if (node.object.type !== 'Identifier') return;
      add(node.object.name, node.start);
      add(`${node.object.name}.${property}`, node.start);
    },
    CallExpression: (node) => {
      if (node.callee.type === 'Identifier') add(`${node.callee.name}()`, node.start);
    },
    NewExpression: (node) => {
      if (node.callee.type === 'Identifier') add(`new ${node.callee.name}`, node.start);
    },
    AwaitExpression: (node) => add('await', node.start),
    ForOfStatement: (node) => {
      if (node.await) add('await', node.start);
    },
  };
}

function functionVisitor(file: Collected, lineAt: LineAt): VisitorObject {
  const visit = (node: AnyFunction) => {
    const line = lineAt(node.start);
    if (node.async) file.uses.push({ name: 'async', line });
    const body = file.lines.slice(line - 1, lineAt(node.end));
    const size = body.filter((text) => text.trim() !== '').length;
    const name = node.type === 'ArrowFunctionExpression' ? null : node.id?.name;
    file.functions.push({ name: name ?? 'a function', line, size });
  };
  return {
    FunctionDeclaration: visit,
    FunctionExpression: visit,
    ArrowFunctionExpression: visit,
  };
}

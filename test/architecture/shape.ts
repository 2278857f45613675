// The shape of a file: how long, how wide, how it opens, what it is called, what it must not say.

import type { SourceFile } from './source-file.ts';

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;
const LINE_CHARS_MAX = 100;
const THREAD_ENTRY_LINES_MAX = 80;
const OPENING_LINES_MAX = 6;

/** Words that leave work for later. */
export const LATER = /\b(TODO|FIXME|XXX|HACK)\b/;

/** A rule about one file: a sentence for each place that breaks it. */
export interface ShapeRule {
  readonly name: string;
  readonly check: (file: SourceFile) => string[];
  /** A file that the rule must refuse. */
  readonly bad: { readonly path: string; readonly text: string };
}

const OK = '// A file.\n';

export const SHAPE_RULES: readonly ShapeRule[] = [
  {
    name: `a file has at most ${FILE_LINES_MAX} lines`,
    check: ({ path, lines }) =>
      lines.length - 1 > FILE_LINES_MAX
        ? [`${path} has ${lines.length - 1} lines: split it by decision, not by size`]
        : [],
    bad: { path: 'src/base/x.ts', text: OK + '\n'.repeat(FILE_LINES_MAX) },
  },
  {
    name: `a thread entry has at most ${THREAD_ENTRY_LINES_MAX} lines`,
    check: ({ path, lines }) =>
      path.startsWith('workers/') && lines.length - 1 > THREAD_ENTRY_LINES_MAX
        ? [`${path} has ${lines.length - 1} lines: a thread entry only wires, so move work to src/`]
        : [],
    bad: { path: 'workers/x.ts', text: OK + '\n'.repeat(THREAD_ENTRY_LINES_MAX) },
  },
  {
    name: `a line has at most ${LINE_CHARS_MAX} characters, unless it is a row of an aligned table`,
    check: ({ path, lines }) =>
      lines.flatMap((line, index) =>
        line.length > LINE_CHARS_MAX && !mayBeWide(path, line)
          ? [`${path}:${index + 1} is ${line.length} characters wide: break it`]
          : [],
      ),
    bad: { path: 'src/base/x.ts', text: `// ${'x'.repeat(LINE_CHARS_MAX)}\n` },
  },
  {
    name: `a function has at most ${FUNCTION_LINES_MAX} lines`,
    check: ({ path, functions }) =>
      path.startsWith('test/')
        ? []
        : functions
            .filter(({ size }) => size > FUNCTION_LINES_MAX)
            .map(
              ({ name, line, size }) =>
                `${path}:${line} ${name} has ${size} lines: take a step out of it`,
            ),
    bad: {
      path: 'src/base/x.ts',
      text: `${OK}export function f() {\n${'  f();\n'.repeat(FUNCTION_LINES_MAX)}}\n`,
    },
  },
  {
    name: `a file opens with 1 to ${OPENING_LINES_MAX} lines that say what it owns`,
    check: (file) => {
      if (isConfiguration(file.path) || file.path.endsWith('.test.ts')) return [];
      const size = openingLines(file);
      if (size >= 1 && size <= OPENING_LINES_MAX) return [];
      return [
        `${file.path} opens with ${size} comment lines: ` +
          `say in 1 to ${OPENING_LINES_MAX} what it owns`,
      ];
    },
    bad: { path: 'src/base/x.ts', text: 'export const x = 1;\n' },
  },
  {
    name: 'nothing is exported by default',
    check: (file) =>
      isConfiguration(file.path)
        ? []
        : file.defaultExports.map(
            (line) =>
              `${file.path}:${line} exports a default: name it, so that search finds its users`,
          ),
    bad: { path: 'src/base/x.ts', text: `${OK}export default 1;\n` },
  },
  {
    name: 'no file passes on what another file exports',
    check: ({ path, reExports }) =>
      reExports.map(
        (line) => `${path}:${line} re-exports: import from the file that owns the name`,
      ),
    bad: { path: 'src/base/x.ts', text: `${OK}export { y } from './y.ts';\n` },
  },
  {
    name: 'a file name is kebab-case and names what is inside',
    check: ({ path }) => {
      const name = path.split('/').at(-1) ?? '';
      if (!/^[a-z0-9]+([-.][a-z0-9]+)*\.ts$/.test(name)) return [`${path} is not kebab-case`];
      return /^(utils?|helpers?|misc|common|index|types)\.ts$/.test(name)
        ? [`${path} says nothing: name it after the one decision it makes`]
        : [];
    },
    bad: { path: 'src/base/utils.ts', text: OK },
  },
  {
    name: 'no comment leaves work for later',
    check: ({ path, comments }) =>
      comments
        .filter(({ text }) => LATER.test(text))
        .map(({ line }) => `${path}:${line} leaves work for later: do it, or open an issue`),
    bad: { path: 'src/base/x.ts', text: `${OK}// TODO: the rest\n` },
  },
];

// In tests Biome breaks what can be broken, and what is left is a text that must stay whole.
function mayBeWide(path: string, line: string): boolean {
  const text = line.trim();
  const isComment = text.startsWith('//') || text.startsWith('*') || text.startsWith('/*');
  return /\S {2,}\S/.test(text) || (path.startsWith('test/') && !isComment);
}

function isConfiguration(path: string): boolean {
  return path === 'vitest.config.ts';
}

/** Lines of the comment block at the top; a shebang may stand above it. */
function openingLines({ lines }: SourceFile): number {
  const first = lines[0]?.startsWith('#!') ? 1 : 0;
  const end = lines.findIndex((line, index) => index >= first && !line.startsWith('//'));
  // A picture may follow a blank comment line; it is not counted as prose.
  const block = lines.slice(first, end);
  const blank = block.indexOf('//');
  return blank === -1 ? block.length : blank;
}

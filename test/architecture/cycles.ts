// Import cycles between files. `import type` is no edge: it is gone before the program runs, and a
// thing and its owner may know each other's shape. Between layers the layer table allows no cycle
// of either kind.

import { resolve } from './layers.ts';
import type { SourceFile } from './source-file.ts';

/** One sentence for each cycle found; a file is reported in one cycle at most. */
export function checkCycles(files: readonly SourceFile[]): string[] {
  const graph = new Map(files.map((file) => [file.path, targetsOf(file)]));
  const done = new Set<string>();
  return files.flatMap(({ path }) => {
    const cycle = findCycle(graph, done, [path]);
    for (const member of cycle ?? []) done.add(member);
    return cycle === null
      ? []
      : [`${cycle.join(' imports ')}: move what they share into a file that both can import`];
  });
}

function findCycle(
  graph: ReadonlyMap<string, readonly string[]>,
  done: Set<string>,
  trail: readonly string[],
): string[] | null {
  const path = trail.at(-1) ?? '';
  const seenAt = trail.indexOf(path);
  if (seenAt < trail.length - 1) return trail.slice(seenAt);
  if (done.has(path)) return null;
  for (const target of graph.get(path) ?? []) {
    const cycle = findCycle(graph, done, [...trail, target]);
    if (cycle !== null) return cycle;
  }
  done.add(path);
  return null;
}

function targetsOf(file: SourceFile): string[] {
  return file.imports
    .filter(({ isTypeOnly }) => !isTypeOnly)
    .map(({ specifier }) =>
      specifier.startsWith('#') ? `src/${specifier.slice(1)}` : resolve(file.path, specifier),
    );
}

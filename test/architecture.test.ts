// The tree polices itself: layers, bans, shape and names, each with a sentence that says what to
// do. The rules are tables in architecture/; here they meet the tree, and each meets a bad sample.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BANS, checkBans } from './architecture/bans.ts';
import { checkCycles } from './architecture/cycles.ts';
import { checkImports, LAYERS } from './architecture/layers.ts';
import { LATER, SHAPE_RULES } from './architecture/shape.ts';
import { readSource, type SourceFile } from './architecture/source-file.ts';

const ROOT = join(import.meta.dirname, '..');
const FOLDERS = ['src', 'workers', 'bench', 'test', 'deploy'];

const files: readonly SourceFile[] = [
  'vitest.config.ts',
  ...globSync(`{${FOLDERS.join(',')}}/**/*.ts`, { cwd: ROOT }),
].map((path) => readSource(path, readFileSync(join(ROOT, path), 'utf8')));

describe('the tree', () => {
  it('is not empty', () => {
    const missing = FOLDERS.filter((folder) => !files.some(({ path }) => path.startsWith(folder)));
    expect(missing).toEqual([]);
  });

  it('keeps the layer table', () => {
    expect(files.flatMap(checkImports)).toEqual([]);
  });

  it('has no import cycles', () => {
    expect(checkCycles(files)).toEqual([]);
  });

  it('uses nothing that is banned', () => {
    expect(files.flatMap((file) => checkBans(file))).toEqual([]);
  });

  it.each(SHAPE_RULES)('$name', ({ check }) => {
    expect(files.flatMap(check)).toEqual([]);
  });

  it('gives each layer an entry in the imports of package.json, and no other', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const layers = Object.keys(LAYERS).filter((name) => !name.includes('/'));
    expect(Object.keys(manifest.imports).toSorted()).toEqual(
      layers.map((name) => `#${name}/*`).toSorted(),
    );
  });

  it('leaves no work for later in its documents', () => {
    const documents = globSync(['*.md', '{src,bench,deploy,test}/**/*.{md,yaml}'], { cwd: ROOT });
    const later = documents.filter((path) => LATER.test(readFileSync(join(ROOT, path), 'utf8')));
    expect(documents).not.toEqual([]);
    expect(later).toEqual([]);
  });

  it('mirrors src in test: a test in the folder of a layer is named after a file there', () => {
    expect(files.map(({ path }) => path).flatMap(checkMirror)).toEqual([]);
  });
});

describe('the layer table', () => {
  it('lets no two layers import each other, on any way', () => {
    const rows = Object.entries(LAYERS).map(([name, { ours }]) =>
      readSource(`src/${name}`, ours.map((target) => `import '#${target}';`).join('\n')),
    );
    expect(checkCycles(rows)).toEqual([]);
  });
});

describe('the layer table refuses', () => {
  it.each([
    // from                      imports                      because
    ['src/plan/x.ts', '#kubernetes/resources.ts', 'must not know kubernetes'],
    ['src/plan/x.ts', 'node:fs', 'no package'],
    ['src/proxy/x.ts', '#kubernetes/resources.ts', 'must not know kubernetes'],
    ['src/proxy/x.ts', '#plan/routing-plan.ts', 'must not know plan'],
    ['src/proxy/http1/x.ts', 'undici', 'hand proxy the result'],
    ['src/proxy/x.ts', '#proxy/y.ts', 'inside proxy write ./file.ts'],
    ['src/proxy/x.ts', '../base/assert.ts', 'a relative import stays inside its layer'],
    ['src/proxy/x.ts', './y', 'write the extension'],
    ['src/control/publisher.ts', 'piscina', 'hand control the result'],
    ['src/control/x.ts', '#proxy/listener.ts', 'must not know proxy'],
    ['src/compile/x.ts', '#base/log.ts', 'compile is pure'],
    ['src/translate/x.ts', '#kubernetes/resources.ts', 'write import type'],
    ['src/translate/x.ts', '#kubernetes/store.ts', 'must not know kubernetes'],
    ['src/main.ts', './commands/run.ts', 'write #commands/run.ts'],
    ['src/elsewhere/x.ts', './y.ts', 'is in no layer'],
    ['workers/proxy-worker.ts', '#control/supervisor.ts', 'must not know control'],
    ['workers/verify-worker.ts', '#snapshot/arena.ts', 'must not know snapshot'],
  ])('%s importing %s', (path, specifier, because) => {
    expect(checkSample(path, `import { y } from '${specifier}';`)).toContain(because);
  });

  it.each(["export * from 'undici';", "export const y = await import('undici');"])(
    'a package that comes in as %s',
    (text) => {
      expect(checkSample('src/plan/x.ts', text)).toContain('no package');
    },
  );

  it.each([
    ['src/proxy/upstream/x.ts', "import { Pool } from 'undici';"],
    ['src/proxy/http1/x.ts', "import { y } from '../exchange.ts';"],
    ['src/translate/x.ts', "import type { Ingress } from '#kubernetes/resources.ts';"],
    ['src/commands/run.ts', "import type { Config } from '../config.ts';"],
    ['test/plan/x.test.ts', "import { expect } from 'vitest';"],
  ])('but allows %s to say %s', (path, text) => {
    expect(checkSample(path, text)).toBe('');
  });
});

describe('a ban refuses', () => {
  it.each(BANS)('$bad', (ban) => {
    const place = ban.where[0] ?? '';
    const path = place.endsWith('/') ? `${place}x.ts` : `src/${place}/x.ts`;
    expect(checkBans(readSource(path, ban.bad), [ban])).toEqual([
      expect.stringMatching(/^\S+:1 .+ is banned in .+: .+, .+/),
    ]);
  });

  it('no word in a comment or a string', () => {
    const file = readSource('src/plan/x.ts', "// Date.now()\nexport const x = 'Math.random()';\n");
    expect(checkBans(file)).toEqual([]);
  });
});

describe('a rule of shape refuses a file where it does not hold that', () => {
  it.each(SHAPE_RULES)('$name', ({ check, bad }) => {
    const [sentence] = check(readSource(bad.path, bad.text));
    expect(sentence).toContain(bad.path);
  });
});

describe('the search for cycles', () => {
  it('finds two files that import each other, by either way of writing', () => {
    const a = readSource('src/plan/a.ts', "import { b } from './b.ts';");
    const b = readSource('src/plan/b.ts', "import { type a } from '#plan/a.ts';");
    expect(checkCycles([a, b])).toEqual([
      expect.stringContaining('src/plan/a.ts imports src/plan/b.ts imports src/plan/a.ts: move'),
    ]);
  });

  it('passes over import type', () => {
    const a = readSource('src/plan/a.ts', "import { b } from './b.ts';");
    const b = readSource('src/plan/b.ts', "import type { a } from './a.ts';");
    expect(checkCycles([a, b])).toEqual([]);
  });

  it('takes two ways to one file for no cycle', () => {
    const a = readSource('src/plan/a.ts', "import './b.ts';\nimport './c.ts';");
    const b = readSource('src/plan/b.ts', "import './c.ts';");
    const c = readSource('src/plan/c.ts', '');
    expect(checkCycles([a, b, c])).toEqual([]);
  });
});

describe('the mirror', () => {
  it('refuses a test of a file that does not exist', () => {
    expect(checkMirror('test/plan/nothing.test.ts')).toEqual([
      'test/plan/nothing.test.ts tests no file: name it after a file of src/plan',
    ]);
  });
});

function checkSample(path: string, text: string): string {
  return checkImports(readSource(path, text)).join('\n');
}

/** Tests of whole features live in folders that are no layer, and are free to name themselves. */
function checkMirror(path: string): string[] {
  const [top, layer] = path.split('/');
  if (top !== 'test' || LAYERS[layer ?? ''] === undefined || !path.endsWith('.test.ts')) return [];
  const name = path
    .split('/')
    .at(-1)
    ?.replace(/(\.\w+)?\.test\.ts$/, '.ts');
  const isNamedAfter = (file: SourceFile) =>
    file.path.startsWith(`src/${layer}/`) && file.path.endsWith(`/${name}`);
  return files.some(isNamedAfter)
    ? []
    : [`${path} tests no file: name it after a file of src/${layer}`];
}

// The manifests source over real directories: what people, editors, scripts and Kubernetes do to
// files, and what the Store holds afterwards.

import { execFileSync } from 'node:child_process';
import {
  appendFile,
  mkdir,
  open,
  rename,
  rm,
  symlink,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { ManifestsSource } from '#kubernetes/manifests-source.ts';
import { readManifests } from '#kubernetes/read-manifests.ts';
import { Store } from '#kubernetes/store.ts';
import { KeptLog } from '../support/kept-log.ts';
import { type ManifestDirectory, manifestDirectory } from '../support/manifest-directory.ts';

const PATIENCE_MS = 10_000;

/** An Ingress that tells its versions apart by their class. */
const ingress = (name: string, version: string): string =>
  [
    '---',
    'apiVersion: networking.k8s.io/v1',
    'kind: Ingress',
    `metadata: {name: ${name}}`,
    `spec: {ingressClassName: ${version}, rules: []}`,
    '',
  ].join('\n');

const A1 = ingress('a', 'v1');
const A2 = ingress('a', 'v2');
const B1 = ingress('b', 'v1');

class WatchedDirectory implements AsyncDisposable {
  readonly #directory: ManifestDirectory;
  readonly #source: ManifestsSource;
  readonly #store = new Store();
  #onChange: () => void = () => {};
  /** What was in force at each call of onChange. */
  readonly history: string[] = [];

  private constructor(directory: ManifestDirectory, roots: readonly string[]) {
    this.#directory = directory;
    this.#source = new ManifestsSource({
      directories: roots.map((root) => join(directory.path, root)),
      store: this.#store,
      log: new KeptLog(),
      onChange: () => {
        this.history.push(this.inForce());
        this.#onChange();
      },
    });
  }

  /** `prepare` runs before the source starts; `roots` are below the temporary directory. */
  static async start(
    prepare: (at: (...names: string[]) => string) => Promise<unknown>,
    roots: readonly string[] = ['root'],
  ): Promise<WatchedDirectory> {
    const directory = await manifestDirectory({});
    await prepare((...names) => join(directory.path, ...names));
    const watched = new WatchedDirectory(directory, roots);
    await watched.#source.start();
    return watched;
  }

  at(...names: string[]): string {
    return join(this.#directory.path, ...names);
  }

  /** `a:v1 b:v2` */
  inForce(): string {
    const ingresses = this.#store.ingresses();
    const texts = ingresses.map(({ name, ingressClassName }) => `${name}:${ingressClassName}`);
    return texts.sort().join(' ');
  }

  /** `root/a.yaml:4 InvalidObject` */
  problems(): string[] {
    return this.#source.problems.map(({ position, reason }) => {
      const file = position?.file.slice(this.#directory.path.length + 1);
      return `${file}:${position?.line} ${reason}`;
    });
  }

  /** Resolves once this is in force with these Problems. */
  async until(inForce: string, problems: readonly string[] = []): Promise<void> {
    const wanted = JSON.stringify([inForce, problems]);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const found = (): string => JSON.stringify([this.inForce(), this.problems()]);
    this.#onChange = () => {
      if (found() === wanted) resolve();
    };
    const timer = setTimeout(() => reject(new Error(`${wanted}, but ${found()}`)), PATIENCE_MS);
    this.#onChange();
    try {
      await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#source.close();
    await this.#directory[Symbol.asyncDispose]();
  }
}

/** A source over `root/` with Ingress a in its first version. */
function startWithA(): Promise<WatchedDirectory> {
  return WatchedDirectory.start(async (at) => {
    await mkdir(at('root'));
    await writeFile(at('root', 'a.yaml'), A1);
  });
}

/** Writes a file beside `path` and renames it over it, as editors and careful scripts do. */
async function replace(path: string, content: string): Promise<void> {
  await writeFile(`${path}.part`, content);
  await rename(`${path}.part`, path);
}

/** In a directory whose temporary paths `at` gives. */
type Change = (at: WatchedDirectory['at']) => Promise<unknown>;

describe('a change of a file takes effect when', () => {
  // biome-ignore format: a table
  it.each<[behaviour: string, inForce: string, change: Change]>([
    ['it is written in place', 'a:v2', (at) => writeFile(at('root', 'a.yaml'), A2)],
    ['it is appended to', 'a:v1 b:v1', (at) => appendFile(at('root', 'a.yaml'), B1)],
    ['another is renamed over it', 'a:v2', (at) => replace(at('root', 'a.yaml'), A2)],
    ['it is deleted', '', (at) => unlink(at('root', 'a.yaml'))],
    ['it is renamed', '', (at) => rename(at('root', 'a.yaml'), at('root', 'a.bak'))],
    ['it is moved away', '', (at) => rename(at('root', 'a.yaml'), at('a.yaml'))],
    ['another file appears', 'a:v1 b:v1', (at) => writeFile(at('root', 'b.yml'), B1)],
    ['a directory appears and fills', 'a:v1 b:v1', async (at) => {
      await mkdir(at('root', 'x', 'y'), { recursive: true });
      await writeFile(at('root', 'x', 'y', 'b.yaml'), B1);
    }],
    ['a full directory is moved in', 'a:v1 b:v1', async (at) => {
      await mkdir(at('x', 'y'), { recursive: true });
      await writeFile(at('x', 'y', 'b.yaml'), B1);
      await rename(at('x'), at('root', 'x'));
    }],
    ['a link to another file appears', 'a:v1 b:v1', async (at) => {
      await writeFile(at('b'), B1);
      await symlink('../b', at('root', 'b.yaml'));
    }],
  ])('%s', async (_, inForce, change) => {
    await using directory = await startWithA();
    expect(directory.inForce()).toBe('a:v1');
    await change((...names) => directory.at(...names));
    await directory.until(inForce);
    expect(directory.problems()).toEqual([]);
  });
});

describe('a directory below', () => {
  it('that vanishes takes its objects along, and may come back', async () => {
    await using directory = await startWithA();
    for (const version of ['v1', 'v2']) {
      await mkdir(directory.at('root', 'x'));
      await writeFile(directory.at('root', 'x', 'b.yaml'), ingress('b', version));
      await directory.until(`a:v1 b:${version}`);
      await rm(directory.at('root', 'x'), { recursive: true });
      await directory.until('a:v1');
    }
    expect(directory.problems()).toEqual([]);
  });

  it('is still watched after a move', async () => {
    await using directory = await WatchedDirectory.start(async (at) => {
      await mkdir(at('root', 'x'), { recursive: true });
      await writeFile(at('root', 'x', 'a.yaml'), A1);
    });
    await rename(directory.at('root', 'x'), directory.at('root', 'y'));
    await writeFile(directory.at('root', 'y', 'a.yaml'), A2);
    await directory.until('a:v2');
    await writeFile(directory.at('root', 'y', 'a.yaml'), B1);
    await directory.until('b:v1');
    expect(directory.problems()).toEqual([]);
  });
});

describe('a file that is being written', () => {
  it('is not read between its truncation and its content', async () => {
    await using directory = await startWithA();
    for (const content of [A2, A1, A2, A1, A2]) {
      await truncate(directory.at('root', 'a.yaml'));
      await writeFile(directory.at('root', 'a.yaml'), content);
    }
    await directory.until('a:v2');
    expect(directory.history).not.toContain('');
    expect(directory.problems()).toEqual([]);
  });

  it('keeps its last objects while its writer pauses', async () => {
    await using directory = await startWithA();
    await using file = await open(directory.at('root', 'a.yaml'), 'w');
    await directory.until('a:v1', ['root/a.yaml:1 EmptyFile']);
    await file.write(A2.slice(0, A2.indexOf('{name')));
    await file.write('{name: a');
    await directory.until('a:v1', ['root/a.yaml:4 NotYaml']);
    await file.write('}\nspec: {rules: 1');
    await directory.until('a:v1', ['root/a.yaml:5 NotYaml']);
    await file.write('}\n');
    await directory.until('a:v1', ['root/a.yaml:5 InvalidObject']);
    await writeFile(directory.at('root', 'a.yaml'), A2);
    await directory.until('a:v2');
    expect(directory.problems()).toEqual([]);
  });
});

describe('symbolic links', () => {
  it('of a ConfigMap mount are followed through each swap of ..data', async () => {
    await using directory = await WatchedDirectory.start(async (at) => {
      await mkdir(at('root', '..1'), { recursive: true });
      await writeFile(at('root', '..1', 'a.yaml'), A1);
      await symlink('..1', at('root', '..data'));
      await symlink('..data/a.yaml', at('root', 'a.yaml'));
    });
    expect(directory.inForce()).toBe('a:v1');
    for (const [turn, version] of ['v2', 'v3', 'v4'].entries()) {
      await mkdir(directory.at('root', `..${turn + 2}`));
      await writeFile(directory.at('root', `..${turn + 2}`, 'a.yaml'), ingress('a', version));
      await symlink(`..${turn + 2}`, directory.at('root', '..data_tmp'));
      await rename(directory.at('root', '..data_tmp'), directory.at('root', '..data'));
      await rm(directory.at('root', `..${turn + 1}`), { recursive: true });
      await directory.until(`a:${version}`);
    }
    expect(directory.problems()).toEqual([]);
    expect(directory.history).toEqual(['a:v2', 'a:v3', 'a:v4']);
  });

  it('on the way to the directory may be swapped', async () => {
    await using directory = await WatchedDirectory.start(
      async (at) => {
        for (const [name, content] of [
          ['1', A1],
          ['2', A2],
        ] as const) {
          await mkdir(at(name, 'root'), { recursive: true });
          await writeFile(at(name, 'root', 'a.yaml'), content);
        }
        await symlink('1', at('current'));
      },
      ['current/root'],
    );
    expect(directory.inForce()).toBe('a:v1');
    await symlink('2', directory.at('next'));
    await rename(directory.at('next'), directory.at('current'));
    await directory.until('a:v2');
    await writeFile(directory.at('2', 'root', 'a.yaml'), B1);
    await directory.until('b:v1');
  });

  it('to files elsewhere show the edits there', async () => {
    await using directory = await WatchedDirectory.start(async (at) => {
      await mkdir(at('root'));
      await mkdir(at('elsewhere'));
      await writeFile(at('elsewhere', 'content'), A1);
      await symlink('../elsewhere/content', at('root', 'a.yaml'));
    });
    await writeFile(directory.at('elsewhere', 'content'), A2);
    await directory.until('a:v2');
    await replace(directory.at('elsewhere', 'content'), B1);
    await directory.until('b:v1');
  });

  it('to nothing are a Problem, and the last objects stay', async () => {
    await using directory = await WatchedDirectory.start(async (at) => {
      await mkdir(at('root'));
      await writeFile(at('a'), A1);
      await symlink('../a', at('root', 'a.yaml'));
    });
    await unlink(directory.at('a'));
    await directory.until('a:v1', ['root/a.yaml:1 Unreadable']);
    await writeFile(directory.at('a'), A2);
    await directory.until('a:v2');
  });
});

describe('a watched directory', () => {
  it('that is removed keeps what was valid, and may come back', async () => {
    await using directory = await startWithA();
    for (const [before, after] of [
      ['v1', 'v2'],
      ['v2', 'v3'],
    ] as const) {
      await rename(directory.at('root'), directory.at(before));
      await directory.until(`a:${before}`, ['root:1 Unreadable']);
      await mkdir(directory.at('next'));
      await writeFile(directory.at('next', 'a.yaml'), ingress('a', after));
      await rename(directory.at('next'), directory.at('root'));
      await directory.until(`a:${after}`);
    }
    expect(directory.problems()).toEqual([]);
  });

  it('may be created after the start', async () => {
    await using directory = await WatchedDirectory.start(async () => {}, ['x/root']);
    expect(directory.problems()).toEqual(['x/root:1 Unreadable']);
    await mkdir(directory.at('x', 'root'), { recursive: true });
    await writeFile(directory.at('x', 'root', 'a.yaml'), A1);
    await directory.until('a:v1');
  });
});

it('what is no manifest wakes nobody', async () => {
  await using directory = await startWithA();
  await writeFile(directory.at('root', 'notes.txt'), A2);
  await writeFile(directory.at('root', '.b.yaml'), B1);
  // Written in place it could be read half, which is another story.
  await replace(directory.at('root', 'a.yaml'), `# a comment\n${A1}`);
  await replace(directory.at('root', 'a.yaml'), A2);
  await directory.until('a:v2');
  expect(directory.history).toEqual(['a:v2']);
});

it('a burst of more files than are remembered is read whole', async () => {
  await using directory = await startWithA();
  const count = limits.manifestEventsMax + 10;
  const names = Array.from({ length: count }, (_, index) => `b${1_000_000 + index}`);
  for (const name of names) {
    await writeFile(directory.at('root', `${name}.yaml`), ingress(name, 'v1'));
  }
  await directory.until(`a:v1 ${names.map((name) => `${name}:v1`).join(' ')}`);
  expect(directory.problems()).toEqual([]);
});

describe('reading directories once', () => {
  // biome-ignore format: a table
  it.each([
    ['finds each suffix at each depth',  ['.'],           'a:v1 b:v1 c:v1', []],
    ['takes a single file',              ['1.yaml'],      'a:v1',           []],
    ['reads what is given twice once',   ['.', 'x', '.'], 'a:v1 b:v1 c:v1', []],
    ['goes on after a missing one',      ['none', 'x'],   'b:v1 c:v1',      ['none:1 Unreadable']],
  ])('%s', async (_, roots, inForce, problems) => {
    await using directory = await WatchedDirectory.start(async (at) => {
      await mkdir(at('x', 'y'), { recursive: true });
      await writeFile(at('1.yaml'), A1);
      await writeFile(at('x', '2.yml'), B1);
      await writeFile(at('x', 'y', '3.json'), JSON.stringify({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: 'c' },
        spec: { ingressClassName: 'v1', rules: [] },
      }));
      await writeFile(at('x', '4.txt'), A2);
      await writeFile(at('x', '.5.yaml'), A2);
      await symlink('.', at('x', 'loop'));
      execFileSync('sh', ['-c', 'mkfifo "$0"', at('x', 'pipe.yaml')]);
    }, roots);
    expect(directory.inForce()).toBe(inForce);
    expect(directory.problems()).toEqual(problems);
  });

  it('passes over a file that is too large', async () => {
    await using directory = await manifestDirectory({ 'a.yaml': A1, 'b.yaml': B1 });
    await truncate(join(directory.path, 'b.yaml'), limits.manifestFileBytesMax + 1);
    const { store, problems } = readManifests([directory.path]);
    expect(store.ingresses().map(({ name }) => name)).toEqual(['a']);
    expect(problems.map(({ reason }) => reason)).toEqual(['Unreadable']);
  });
});

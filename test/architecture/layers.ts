// The layer table: who may import what. A folder of src/ is a layer, and so is each thread entry.

import type { Import, SourceFile } from './source-file.ts';

export interface Layer {
  /** Layers that may be imported, as `#layer/file.ts`. */
  readonly ours: readonly string[];
  /** Modules of which only types may be imported. */
  readonly types?: readonly string[];
  /** Packages; `node:` stands for every module of Node. */
  readonly packages: readonly string[];
  /** Packages that one file or folder may import besides. */
  readonly packagesOf?: Readonly<Record<string, readonly string[]>>;
}

const SETTING_TABLES = ['src/settings.ts', 'src/cluster-settings.ts', 'src/proxy-settings.ts'];

/** What lies outside every layer, and which layers may import it by a relative path. */
const OUTSIDE: Readonly<Record<string, readonly string[]>> = {
  'src/config.ts': ['commands', 'src/main.ts', 'src/setting.ts'],
  'src/setting.ts': ['src/config.ts', ...SETTING_TABLES],
  'src/settings.ts': ['commands', 'src/config.ts'],
  'src/cluster-settings.ts': ['src/settings.ts'],
  'src/proxy-settings.ts': ['src/settings.ts'],
  'src/setting-values.ts': ['src/config.ts', 'src/setting.ts', ...SETTING_TABLES],
  'package.json': ['commands', 'src/main.ts'],
};

// The pure layers import no package and nothing of Node. base is theirs too, except its two files
// that have effects; these are named in EFFECTS_OF_BASE.
export const LAYERS: Readonly<Record<string, Layer>> = {
  base: {
    ours: [],
    packages: ['node:buffer'],
    packagesOf: {
      'src/base/hash.ts': ['node:crypto'],
      'src/base/log.ts': ['node:tty', 'pino', 'pino-pretty'],
    },
  },
  plan: { ours: ['base'], packages: [] },
  snapshot: { ours: ['base'], packages: [] },
  protocol: { ours: ['base'], packages: ['node:worker_threads'] },
  kubernetes: {
    ours: ['base'],
    packages: ['node:', 'yaml'],
    packagesOf: { 'src/kubernetes/api-credentials.ts': ['@kubernetes/client-node'] },
  },
  translate: {
    ours: ['base', 'plan'],
    types: ['#kubernetes/resources.ts'],
    packages: [],
    // Reads X.509, which has no effect on anything.
    packagesOf: {
      'src/translate/authorities.ts': ['node:crypto'],
      'src/translate/server-certificate.ts': ['node:crypto'],
    },
  },
  compile: { ours: ['base', 'plan', 'snapshot'], packages: [] },
  control: {
    ours: ['base', 'kubernetes', 'plan', 'translate', 'compile', 'snapshot', 'protocol'],
    packages: ['node:'],
    packagesOf: { 'src/control/compile-pool.ts': ['piscina'] },
  },
  proxy: {
    ours: ['base', 'snapshot', 'protocol'],
    packages: ['node:'],
    packagesOf: { 'src/proxy/upstream/': ['undici'] },
  },
  commands: {
    ours: ['base', 'kubernetes', 'plan', 'translate', 'compile', 'snapshot', 'protocol', 'control'],
    packages: ['node:', 'commander'],
  },
  'src/config.ts': { ours: ['base', 'protocol'], packages: ['node:', 'commander'] },
  'src/settings.ts': { ours: ['base'], packages: ['node:'] },
  'src/cluster-settings.ts': { ours: ['base'], packages: [] },
  'src/proxy-settings.ts': { ours: ['base'], packages: [] },
  'src/setting.ts': { ours: [], packages: [] },
  'src/setting-values.ts': { ours: [], packages: ['node:'] },
  'src/main.ts': { ours: ['base', 'commands'], packages: ['node:', 'commander'] },
  'workers/proxy-worker.ts': {
    ours: ['proxy', 'protocol', 'base'],
    packages: ['node:worker_threads'],
  },
  'workers/verify-worker.ts': {
    ours: ['compile', 'base'],
    types: ['#plan/routing-plan.ts', '#plan/endpoint-plan.ts'],
    packages: ['node:worker_threads'],
  },
};

/** No clock, no random, no I/O, no timers, no async: equal input gives equal output. */
export const PURE_LAYERS: readonly string[] = ['translate', 'compile', 'plan', 'snapshot'];

/** Files of base that pure layers may not import: they touch the world. */
const EFFECTS_OF_BASE: readonly string[] = ['#base/log.ts', '#base/clock.ts'];

/** The layer that a path belongs to; null for tests, benches and examples. */
export function layerOf(path: string): string | null {
  if (path.startsWith('workers/')) return path;
  const [top, folder, ...rest] = path.split('/');
  if (top !== 'src' || folder === undefined) return null;
  return rest.length === 0 ? path : folder;
}

/** One sentence for each import of `file` that the table does not allow. */
export function checkImports(file: SourceFile): string[] {
  const name = layerOf(file.path);
  if (name === null) return [];
  const layer = LAYERS[name];
  if (layer === undefined) {
    return [`${file.path} is in no layer: move it, or give ${name} a row in the layer table`];
  }
  return file.imports.flatMap((entry) => {
    const reason = refuse(file.path, name, layer, entry);
    return reason === null
      ? []
      : [`${file.path}:${entry.line} imports ${JSON.stringify(entry.specifier)}: ${reason}`];
  });
}

function refuse(path: string, name: string, layer: Layer, entry: Import): string | null {
  const { specifier } = entry;
  if (specifier.startsWith('.')) return refuseRelative(path, name, specifier);
  if (specifier.startsWith('#')) return refuseLayer(name, layer, entry);
  return isAllowedPackage(path, layer, specifier)
    ? null
    : `${name} may import ${listed(layer.packages, 'no package')}; ` +
        `let a layer that may use it do so, and hand ${name} the result`;
}

function refuseRelative(path: string, name: string, specifier: string): string | null {
  const target = resolve(path, specifier);
  if (OUTSIDE[target]?.includes(name)) return null;
  if (!specifier.endsWith('.ts')) return 'write the extension .ts, which Node needs';
  if (layerOf(target) === name) return null;
  const isRoot = path.startsWith('src/') && layerOf(path) === path;
  if (isRoot && layerOf(target) !== null) {
    return `write #${target.slice('src/'.length)}, so that the import shows which layer it enters`;
  }
  return `a relative import stays inside its layer; write #layer/file.ts to leave ${name}`;
}

function refuseLayer(name: string, layer: Layer, entry: Import): string | null {
  const target = entry.specifier.slice(1).split('/')[0] ?? '';
  if (target === name) return `inside ${name} write ./file.ts`;
  if (PURE_LAYERS.includes(name) && EFFECTS_OF_BASE.includes(entry.specifier)) {
    return `${name} is pure; return a value and let the caller log it or tell the time`;
  }
  if (layer.ours.includes(target)) return null;
  if (layer.types?.includes(entry.specifier)) {
    return entry.isTypeOnly ? null : `${name} may import only its types: write import type`;
  }
  const allowed = listed(layer.ours, 'no other layer');
  return `${name} may import ${allowed}, so it must not know ${target}`;
}

function isAllowedPackage(path: string, layer: Layer, specifier: string): boolean {
  const extra = Object.entries(layer.packagesOf ?? {})
    .filter(([owner]) => path.startsWith(owner))
    .flatMap(([, packages]) => packages);
  return [...layer.packages, ...extra].some((allowed) =>
    allowed === 'node:' ? specifier.startsWith(allowed) : specifier === allowed,
  );
}

function listed(names: readonly string[], none: string): string {
  return names.length === 0 ? none : names.join(', ');
}

/** The path that a relative specifier means. */
export function resolve(from: string, specifier: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

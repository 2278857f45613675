// Watches of a changing set of directories, one inotify watch each. It does not know why anybody
// wants them, and it reads nothing.

import { type FSWatcher, statSync, watch } from 'node:fs';

export interface DirectoryEvent {
  readonly directory: string;
  /** Null where the kernel does not say. */
  readonly name: string | null;
  /** True where only the content or the attributes of the entry changed. */
  readonly isContent: boolean;
}

export interface DirectoryWatchOptions {
  readonly onEvent: (event: DirectoryEvent) => void;
  /** A watch could not be opened, or failed and is closed. */
  readonly onFailure: (directory: string, code: string) => void;
}

interface OpenWatch {
  /** Another directory may come to stand at the same path. */
  readonly inode: string;
  readonly watcher: FSWatcher;
}

export class DirectoryWatch {
  readonly #options: DirectoryWatchOptions;
  readonly #open = new Map<string, OpenWatch>();

  constructor(options: DirectoryWatchOptions) {
    this.#options = options;
  }

  /** Sees to it that the directory is watched. True if it was not. */
  open(directory: string): boolean {
    const stats = statSync(directory, { throwIfNoEntry: false });
    const inode = `${stats?.dev}:${stats?.ino}`;
    if (this.#open.get(directory)?.inode === inode) return false;
    this.#close(directory);
    if (stats === undefined) return false;
    try {
      const watcher = watch(directory, (event, name) =>
        this.#options.onEvent({ directory, name, isContent: event === 'change' }),
      );
      watcher.on('error', (error) => this.#fail(directory, error));
      this.#open.set(directory, { inode, watcher });
      return true;
    } catch (error) {
      this.#fail(directory, error);
      return false;
    }
  }

  /** Closes the watches of all other directories. */
  keepOnly(directories: ReadonlyMap<string, unknown>): void {
    for (const directory of this.#open.keys()) {
      if (!directories.has(directory)) this.#close(directory);
    }
  }

  close(): void {
    this.keepOnly(new Map());
  }

  #close(directory: string): void {
    this.#open.get(directory)?.watcher.close();
    this.#open.delete(directory);
  }

  #fail(directory: string, error: unknown): void {
    this.#close(directory);
    this.#options.onFailure(directory, (error as NodeJS.ErrnoException).code ?? 'unknown error');
  }
}

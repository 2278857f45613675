// A directory that goes when its user goes, even if the process is told to end.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class TemporaryDirectory {
  readonly path = mkdtempSync(join(tmpdir(), 'headgate-bench-'));
  readonly #remove = () => rmSync(this.path, { recursive: true, force: true });

  constructor() {
    process.once('exit', this.#remove);
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#remove);
    this.#remove();
  }
}

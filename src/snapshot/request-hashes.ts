// The hashes by which one request is looked up: of its host, of what follows the first label of
// the host, of its path, and of each prefix of the path that ends where an element ends. Made once
// and used again for each request, so that a lookup allocates nothing. It knows no table.

import { foldForHash, hashMultiplier, hashStep } from '#base/hash.ts';
import { limits } from '#base/limits.ts';

const DOT = 0x2e;
const SLASH = 0x2f;

export class RequestHashes {
  hostHash = 0;
  /** Hash of the host from its first dot on, which is the key of the wildcard that covers it. */
  parentHash = 0;
  /** Where the first dot is; the end of the host if it has none. */
  parentStart = 0;

  pathHash = 0;
  /** The deepest prefix that is known: the elements of the path, or the most that are indexed. */
  pathDepth = 0;
  /** By depth, 0 to `pathDepth`. */
  readonly prefixHashes = new Int32Array(limits.prefixDepthMax + 1);
  /** Where each prefix ends, before the slash that follows it. */
  readonly prefixEnds = new Int32Array(limits.prefixDepthMax + 1);

  #seed = 0;
  #multiplier = 0;

  set seed(seed: number) {
    this.#seed = seed;
    this.#multiplier = hashMultiplier(seed);
  }

  // From the end, as `hashHost` does: the last dot met is the first of the name.
  hashHost(text: string, start: number, end: number): void {
    const multiplier = this.#multiplier;
    let hash = this.#seed;
    let parentHash = 0;
    let parentStart = end;
    for (let index = end - 1; index >= start; index -= 1) {
      const code = text.charCodeAt(index);
      hash = hashStep(hash, foldForHash(code), multiplier);
      if (code === DOT) {
        parentHash = hash;
        parentStart = index;
      }
    }
    this.hostHash = hash;
    this.parentHash = parentHash;
    this.parentStart = parentStart;
  }

  /** One walk, whatever the number of prefixes. */
  hashPath(text: string, start: number, end: number): void {
    const multiplier = this.#multiplier;
    let hash = this.#seed;
    let depth = 0;
    for (let index = start; index < end; index += 1) {
      const code = text.charCodeAt(index);
      if (code === SLASH && depth <= limits.prefixDepthMax) {
        this.prefixHashes[depth] = hash;
        this.prefixEnds[depth] = index;
        depth += 1;
      }
      hash = hashStep(hash, code, multiplier);
    }
    if (depth <= limits.prefixDepthMax) {
      this.prefixHashes[depth] = hash;
      this.prefixEnds[depth] = end;
    }
    this.pathHash = hash;
    this.pathDepth = Math.min(depth, limits.prefixDepthMax);
  }
}

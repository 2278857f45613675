// One manifest file over time: what it says, and what of its past stays in force while it is half
// written or partly wrong. It is given bytes; it does not touch the file system.

import { isUtf8 } from 'node:buffer';
import { formatRef, type Problem } from '#base/problem.ts';
import { ManifestDocument, type SkippedKind } from './manifest-document.ts';
import type { Resource } from './resources.ts';
import { splitDocuments } from './split-documents.ts';

/** A valid object of one file. */
export interface ManifestClaim {
  readonly path: string;
  /** `Ingress shop/ecshop`: two claims with one key are about one object. */
  readonly key: string;
  readonly resource: Resource;
}

export class ManifestFile {
  /** As messages show it. */
  readonly path: string;
  #documents: readonly ManifestDocument[] = [];
  #claims: readonly ManifestClaim[] = [];
  /** Why the whole of the last content was refused; null if it was not. */
  #refusal: Problem | null = null;

  constructor(path: string) {
    this.path = path;
  }

  /** The valid objects in force, in the order of the file. */
  get claims(): readonly ManifestClaim[] {
    return this.#claims;
  }

  get skipped(): readonly SkippedKind[] {
    return this.#documents.flatMap((document) => document.skipped);
  }

  problems(): Problem[] {
    if (this.#refusal !== null) return [this.#refusal];
    return this.#documents.flatMap((document) => document.problems());
  }

  /** Takes the content of the file. */
  update(content: Uint8Array): void {
    const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
      .toString('utf8')
      .replace(/^\uFEFF/, '');
    if (!isUtf8(content)) {
      this.refuse('NotYaml', 'not UTF-8', firstBadLine(content));
    } else if (text.includes('\0')) {
      this.refuse('NotYaml', 'holds a NUL character', text.split('\0', 1)[0]?.split('\n').length);
    } else if (text.trim() === '' && this.#claims.length > 0) {
      this.refuse(
        'EmptyFile',
        'empty, so perhaps half written: its last objects stay in force until the file is deleted',
      );
    } else {
      this.#refusal = null;
      this.#documents = this.#readDocuments(text);
      this.#claims = this.#readClaims();
    }
  }

  /** Keeps everything that the file last gave, because of a Problem with the whole of it. */
  refuse(reason: string, message: string, line = 1): void {
    const position = { file: this.path, line };
    this.#refusal = { object: null, field: '', reason, message, position };
  }

  // A document whose text was there the last time is taken over as it was.
  #readDocuments(text: string): ManifestDocument[] {
    const before = Map.groupBy(this.#documents, (document) => document.text);
    return splitDocuments(text).map((part) => {
      const document = before.get(part.text)?.shift();
      if (document !== undefined) {
        document.moveTo(part.firstLine);
        return document;
      }
      // A slice would keep the text of the whole file alive for as long as this document lives.
      const copy = Buffer.from(part.text, 'utf8').toString('utf8');
      return new ManifestDocument({ file: this.path, text: copy, firstLine: part.firstLine });
    });
  }

  // An object that is not valid keeps its last valid version. While there is anything that cannot
  // even be named, it may be any object, so none that the file gave before is withdrawn.
  #readClaims(): ManifestClaim[] {
    const objects = this.#documents.flatMap((document) => document.objects);
    const before = new Map(this.#claims.toReversed().map((claim) => [claim.key, claim]));
    const valid = new Set<string>();
    for (const { resource } of objects) if (resource !== null) valid.add(formatRef(resource));
    const claims: ManifestClaim[] = [];
    for (const { ref, resource } of objects) {
      if (ref === null) continue;
      const key = formatRef(ref);
      const kept = valid.has(key) ? undefined : before.get(key);
      if (resource !== null) claims.push({ path: this.path, key, resource });
      else if (kept !== undefined) claims.push(kept);
      before.delete(key);
    }
    const isLegible =
      this.#documents.every((document) => document.isYaml) &&
      objects.every((object) => object.ref !== null);
    return isLegible ? claims : [...claims, ...before.values()];
  }
}

/** No byte of a character of several bytes is a line feed, so each line can be looked at alone. */
function firstBadLine(content: Uint8Array): number {
  let line = 1;
  let start = 0;
  for (let end = content.indexOf(10); end !== -1; end = content.indexOf(10, start)) {
    if (!isUtf8(content.subarray(start, end))) return line;
    start = end + 1;
    line += 1;
  }
  return line;
}

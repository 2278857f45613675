// One door for the kinds of patch that need nothing but the object: by content type, what is there
// and a patch to what is wanted. Server-side apply has a door of its own.

import { type Fields, fieldsOf } from './api-object.ts';
import { unsupportedMediaType } from './api-status.ts';
import { jsonPatch } from './json-patch.ts';
import { mergePatch } from './merge-patch.ts';
import { parseBody, type RequestBody } from './request-body.ts';
import { strategicMergePatch } from './strategic-merge-patch.ts';

const PATCHES: Readonly<Record<string, (target: unknown, patch: unknown) => unknown>> = {
  'application/merge-patch+json': mergePatch,
  'application/json-patch+json': jsonPatch,
  'application/strategic-merge-patch+json': (target, patch) => strategicMergePatch(target, patch),
};

export function applyPatch(body: RequestBody, current: Fields): Fields {
  const patch = PATCHES[body.contentType];
  if (patch === undefined) throw unsupportedMediaType(body.contentType);
  return fieldsOf(patch(current, parseBody(body)));
}

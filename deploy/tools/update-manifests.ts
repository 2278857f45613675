// `npm run update-manifests`: writes anew what is made from other files: the rules of RBAC in the
// chart, and the manifests for kustomize.

import { writeFileSync } from 'node:fs';
import { API_ACCESS } from '#kubernetes/kinds.ts';
import { clusterTool } from './cluster-tools.ts';
import { printRbacRules, rbacRules } from './rbac-rules.ts';
import { CHART, renderManifests } from './render-manifests.ts';

const MANIFESTS = new URL('../kubernetes/headgate.yaml', import.meta.url);

const helm = clusterTool('helm');
if (helm === null) {
  process.stderr.write('helm is missing: npm run tools fetches it\n');
  process.exitCode = 1;
} else {
  writeFileSync(`${CHART}/files/rules.yaml`, printRbacRules(rbacRules(API_ACCESS)));
  writeFileSync(MANIFESTS, renderManifests(helm));
}

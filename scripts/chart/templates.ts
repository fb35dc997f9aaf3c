import { stringify } from 'yaml';
import { injectionManifests } from '../../src/admission/manifests.ts';
import type { Manifest } from '../../src/admission/installation.ts';
import { CUSTOM_RESOURCES } from '../../src/api/crds.ts';
import {
  operatorRights,
  type PolicyRule,
  releaseRights,
  type Right,
  type RightFeature,
  ruleOf,
} from '../../src/kube/rights.ts';

const NAMESPACE = '{{ .Release.Namespace }}';
const SERVICE_ACCOUNT = '{{ include "podwire.serviceAccountName" . }}';
const LABELS = '{{- include "podwire.labels" . | nindent 4 }}';

/** In the manifests, until the text is made: YAML would quote what stands in braces. */
const TOKENS: Record<string, string> = {
  NAMESPACE_TOKEN: NAMESPACE,
  ACCOUNT_TOKEN: SERVICE_ACCOUNT,
  '-CONTROLLER_TOKEN': '{{ include "podwire.idSuffix" . }}',
};
const CONTROLLER = 'CONTROLLER_TOKEN';

const withTemplates = (text: string): string =>
  Object.entries(TOKENS).reduce((whole, [token, template]) => whole.replaceAll(token, template), text);

/** Which value decides about a file of manifests. */
const WHEN: Record<string, string> = {
  'podwire-defaults.yaml': 'ne (include "podwire.injection" .) "off"',
  'policy.yaml': 'eq (include "podwire.injection" .) "policy"',
  'webhook.yaml': 'eq (include "podwire.injection" .) "webhook"',
  'strict.yaml': '.Values.strict',
  'guard.yaml': 'true',
};

/** The admission manifests as templates of the chart, by file name. */
export function injectionTemplates(): Record<string, string> {
  const manifests = injectionManifests({
    namespace: 'NAMESPACE_TOKEN',
    serviceAccount: 'ACCOUNT_TOKEN',
    controllerId: CONTROLLER,
  });
  return Object.fromEntries(
    Object.entries(manifests).map(([file, list]) => [
      `injection-${file.replace('podwire-', '')}`,
      conditional(WHEN[file] as string, list.map(templateOf).join('---\n')),
    ]),
  );
}

function templateOf(manifest: Manifest): string {
  const metadata = { ...manifest.metadata, labels: 'LABELS_TOKEN' };
  const text = stringify({ ...manifest, metadata }, { lineWidth: 0, aliasDuplicateObjects: false });
  const labelled = text.replace('labels: LABELS_TOKEN', `labels:\n    ${LABELS}`);
  return withTemplates(selecting(labelled));
}

/** The Service selects the pods of this release only. */
const selecting = (text: string): string =>
  text.replace(
    'selector:\n    app.kubernetes.io/name: podwire\n',
    'selector:\n    {{- include "podwire.selectorLabels" . | nindent 4 }}\n',
  );

const conditional = (condition: string, text: string): string => `{{- if ${condition} }}\n${text}{{- end }}\n`;

/** Roles of the operator, of the uninstall hook, and what is added to the cluster's own roles. */
export function rightsTemplates(): Record<string, string> {
  return {
    'rbac.yaml': conditional('.Values.rbac.create', [clusterRole(), ownRole()].join('---\n')),
    'aggregate-roles.yaml': conditional('.Values.rbac.aggregate', aggregateRoles().join('---\n')),
    '_release-rules.tpl': `{{- define "podwire.releaseRules" -}}\n${releaseRights(CONTROLLER).map(ruleText).join('')}{{- end -}}\n`,
  };
}

const clusterRole = (): string => roleWithBinding('ClusterRole', '{{ include "podwire.clusterName" . }}', 'cluster');
const ownRole = (): string => roleWithBinding('Role', '{{ include "podwire.fullname" . }}', 'own namespace');

function roleWithBinding(kind: 'ClusterRole' | 'Role', name: string, scope: Right['scope']): string {
  const place = kind === 'Role' ? `\n  namespace: ${NAMESPACE}` : '';
  const head = (of: string) =>
    `apiVersion: rbac.authorization.k8s.io/v1\nkind: ${of}\nmetadata:\n  name: ${name}${place}\n  labels:\n    ${LABELS}\n`;
  const rules = operatorRights(CONTROLLER)
    .filter((right) => right.scope === scope)
    .map(featureRule);
  const roleRef = `roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: ${kind}\n  name: ${name}\n`;
  const subjects = `subjects:\n  - kind: ServiceAccount\n    name: ${SERVICE_ACCOUNT}\n    namespace: ${NAMESPACE}\n`;
  return `${head(kind)}rules:\n${rules.join('')}---\n${head(`${kind}Binding`)}${roleRef}${subjects}`;
}

const FEATURE: Record<Exclude<RightFeature, 'always'>, string> = {
  policy: 'eq (include "podwire.injection" .) "policy"',
  webhook: 'eq (include "podwire.injection" .) "webhook"',
  leaderElection: 'ne (toString .Values.config.leaderElect) "false"',
};

const featureRule = (right: Right): string =>
  right.feature === 'always'
    ? indented(ruleText(right))
    : `  {{- if ${FEATURE[right.feature]} }}\n${indented(ruleText(right))}  {{- end }}\n`;

const ruleText = (right: Right): string =>
  withTemplates(`# ${right.why}\n${stringify([ruleOf(right)], { lineWidth: 0 })}`);

const indented = (text: string): string => text.replace(/^(?=.)/gm, '  ');

const READ: PolicyRule['verbs'] = ['get', 'list', 'watch'];

/** Our kinds are the operator's to write; the peer's, which people write, can be edited too. */
function aggregateRoles(): string[] {
  const rule = (resources: string[], group: string, verbs: string[]) => ({ apiGroups: [group], resources, verbs });
  const groups = [...new Set(CUSTOM_RESOURCES.map(({ group }) => group))];
  const kinds = (group: string, namespaced?: true) =>
    CUSTOM_RESOURCES.filter((one) => one.group === group && (!namespaced || one.namespaced)).map(
      ({ plural }) => plural,
    );
  const view = groups.map((group) => rule(kinds(group), group, READ));
  const edit = [rule(kinds('elbv2.k8s.aws', true), 'elbv2.k8s.aws', ['create', 'update', 'patch', 'delete'])];
  return [aggregateRole('view', ['view', 'edit', 'admin'], view), aggregateRole('edit', ['edit', 'admin'], edit)];
}

function aggregateRole(name: string, into: string[], rules: object[]): string {
  const labels = into.map((role) => `    rbac.authorization.k8s.io/aggregate-to-${role}: "true"\n`).join('');
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ include "podwire.clusterName" . }}-${name}
  labels:
    ${LABELS}
${labels}${stringify({ rules }, { lineWidth: 0 })}`;
}

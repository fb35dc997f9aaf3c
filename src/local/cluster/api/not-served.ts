/** One API group that is known and not served: its kinds (`/` marks cluster-scoped ones) and why a request for them gets 501. */
export type NotServed = { group: string; version: string; kinds: readonly string[]; feature: string };

const NO_RBAC = 'do RBAC: every holder of its token may do everything';
const ONLY_DEPLOYMENTS = 'Pods come from Deployments and ReplicaSets';

/**
 * Kinds that manifests and charts often carry. Discovery names them with the verb `create` only, so that a client gets as far as the answer
 * that says what is missing.
 */
export const NOT_SERVED: readonly NotServed[] = [
  {
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    kinds: ['Role', 'RoleBinding', 'ClusterRole/', 'ClusterRoleBinding/'],
    feature: `${NO_RBAC}. Leave roles and bindings out of what you apply here`,
  },
  {
    group: 'authorization.k8s.io',
    version: 'v1',
    kinds: ['SubjectAccessReview/', 'SelfSubjectAccessReview/', 'LocalSubjectAccessReview', 'SelfSubjectRulesReview/'],
    feature: `${NO_RBAC}, so there is no access to review`,
  },
  {
    group: 'authentication.k8s.io',
    version: 'v1',
    kinds: ['TokenReview/', 'SelfSubjectReview/'],
    feature: 'review tokens: it knows the one token of its kubeconfig',
  },
  {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    kinds: [
      'ValidatingAdmissionPolicy/',
      'ValidatingAdmissionPolicyBinding/',
      'MutatingAdmissionPolicy/',
      'MutatingAdmissionPolicyBinding/',
    ],
    feature: 'run admission policies (CEL). Webhook configurations work',
  },
  { group: '', version: 'v1', kinds: ['LimitRange'], feature: 'enforce limit ranges' },
  { group: '', version: 'v1', kinds: ['PersistentVolume/', 'PersistentVolumeClaim'], feature: 'provide storage' },
  {
    group: '',
    version: 'v1',
    kinds: ['ReplicationController', 'PodTemplate'],
    feature: `run ReplicationControllers. ${ONLY_DEPLOYMENTS}`,
  },
  {
    group: 'apps',
    version: 'v1',
    kinds: ['StatefulSet', 'DaemonSet', 'ControllerRevision'],
    feature: `run StatefulSets or DaemonSets. ${ONLY_DEPLOYMENTS}`,
  },
  { group: 'batch', version: 'v1', kinds: ['Job', 'CronJob'], feature: `run Jobs. ${ONLY_DEPLOYMENTS}` },
  {
    group: 'autoscaling',
    version: 'v2',
    kinds: ['HorizontalPodAutoscaler'],
    feature: 'scale by itself. kubectl scale works',
  },
  { group: 'networking.k8s.io', version: 'v1', kinds: ['NetworkPolicy'], feature: 'enforce NetworkPolicies' },
  { group: 'storage.k8s.io', version: 'v1', kinds: ['StorageClass/', 'CSIDriver/'], feature: 'provide storage' },
  { group: 'scheduling.k8s.io', version: 'v1', kinds: ['PriorityClass/'], feature: 'weigh pods by priority' },
];

export type UnservedKind = { kind: string; plural: string; namespaced: boolean };

export const unservedKinds = (row: NotServed): UnservedKind[] =>
  row.kinds.map((text) => {
    const kind = text.replace('/', '');
    return { kind, plural: pluralOf(kind), namespaced: kind === text };
  });

function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  if (lower.endsWith('y')) return `${lower.slice(0, -1)}ies`;
  return lower.endsWith('s') ? `${lower}es` : `${lower}s`;
}

/** What the local cluster would have to do to serve this, or undefined where nobody knows the kind. */
export const unservedFeature = (group: string, plural: string): string | undefined =>
  NOT_SERVED.find((row) => row.group === group && unservedKinds(row).some((one) => one.plural === plural))?.feature;

import { nameFor } from '../api/controller.ts';
import { DRAIN_LINES } from '../api/pod.ts';

/** Where the operator runs: what the manifests say of it. */
export type Installation = {
  namespace: string;
  serviceAccount: string;
  /** Of an operator that has an id: what is installed beside it is its own. */
  controllerId?: string;
};

/** A manifest, ready for `kubectl apply`. */
export type Manifest = { apiVersion: string; kind: string; metadata: { name: string; namespace?: string } } & Record<
  string,
  unknown
>;

/** Names of what is installed in the cluster beside the operator without an id. */
export const NAMES = {
  policy: 'pod-drain.podwire.dev',
  /** For namespaces with the label `podwire.dev/inject`, and for the webhook's second entry. */
  first: 'pod-drain-first.podwire.dev',
  webhook: 'pod-drain.podwire.dev',
  strict: 'pod-drain-required.podwire.dev',
  guard: 'pod-status-guard.podwire.dev',
  /** Service in front of the operator's webhook server. */
  service: 'podwire-webhook',
  lines: DRAIN_LINES,
  /** ConfigMap of lines in the operator's namespace, for pods that are older than their Services. */
  defaults: 'podwire-defaults',
} as const;

type Names = Record<keyof typeof NAMES, string>;

/** The same beside an operator with this id: no two operators share any of it. */
export const namesOf = (controllerId?: string): Names =>
  Object.fromEntries(Object.entries(NAMES).map(([key, name]) => [key, nameFor(name, controllerId)])) as Names;

export const ADMISSION_API = 'admissionregistration.k8s.io/v1';

/** Never touched: the operator would wait for itself, and the cluster for the operator. */
export const excludedNamespaces = ({ namespace }: Installation) => ({
  key: 'kubernetes.io/metadata.name',
  operator: 'NotIn',
  values: ['kube-system', namespace],
});

/** The creation of pods. */
export const POD_CREATION = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] };

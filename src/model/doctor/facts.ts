import type { Ingress, IngressClass, LoadBalancerObject, Node, Pod, TargetGroupObject } from '../../cluster/objects.ts';
import type { SubnetFact } from '../facts.ts';
import type { CrdFields } from './crd-fields.ts';

/** What was asked for, or why it is not known. */
export type Known<Value> = { value: Value } | { unknown: string };

/** What decides of the settings. */
export type SettingsFacts = {
  controllerId: string;
  clusterName: string;
  region: string;
  vpcId: string;
  defaultScheme: 'internal' | 'internet-facing';
  leaderElect: boolean;
  leaseName: string;
  leaseNamespace: string;
  leaseDurationSeconds: number;
  inject: 'auto' | 'policy' | 'webhook' | 'off';
  webhookSecret: string;
  ownNamespace: string;
};

/** Where the operator's chart was installed, as far as it can be told. */
export type Release = { name: string; namespace: string };

export type ApiServerFacts =
  | { trouble: 'kubeconfig' | 'unreachable' | 'refused'; server: string; message: string }
  | { server: string; version: string; account: Known<string>; aheadMs: number | undefined };

/** A right of the operator's, and whether the account has it. */
export type RightFact = {
  /** For example `patch ingresses/status.networking.k8s.io`. */
  right: string;
  /** `in all namespaces`, or `in the namespace podwire-system`. */
  where: string;
  why: string;
  allowed: boolean;
};

/** A CustomResourceDefinition as it should be. */
export type WantedCrd = { name: string; kind: string; version: string; ours: boolean; fields: CrdFields };

/** As it stands in the cluster; what only the object tells is absent where only the OpenAPI document could be read. */
export type CrdFact = {
  served: string[];
  /** The fields of the version that we ask for. */
  fields?: CrdFields;
  hasStatus: boolean;
  object?: { stored: string[]; labels: Record<string, string>; release: Release | undefined };
};

/** Who writes into pods. `unknown` where it may not be read. */
export type InjectionFacts = {
  /** Whether the API server serves admission policies that change objects. */
  policyServed: Known<boolean>;
  policy: Known<boolean>;
  binding: Known<boolean>;
  guard: Known<boolean>;
  webhook: Known<WebhookFacts | 'absent'>;
};

export type WebhookFacts = {
  /** Entries without an authority to check the certificate with. */
  untrusting: string[];
  /** Who the webhook is asked at: the addresses behind its Service; absent where it is asked at a URL. */
  endpoints?: Known<number>;
  certificate: Known<{ expires: string; trusted: boolean } | 'absent'>;
};

/** A pod of an operator, ours or the peer’s. */
export type OperatorPod = {
  namespace: string;
  name: string;
  /** The Helm release. */
  instance: string;
  /** By which that release tells its own from that of others; empty where it has none. */
  controllerId: string;
  ready: boolean;
  /** Why a container of it waits or ended; empty where none does. */
  trouble: string;
};

export type LeaseFacts = {
  holder: string | undefined;
  /** RFC 3339; empty where nobody has renewed it yet. */
  renewed: string;
  durationSeconds: number;
};

/** A webhook of the peer’s that refuses what it is not asked about. */
export type PeerWebhook = { configuration: string; entry: string; resources: string[] };

export type PeerFacts = { pods: Known<OperatorPod[]>; webhooks: Known<PeerWebhook[]> };

export type ObjectFacts = {
  ingresses: Ingress[];
  classes: IngressClass[];
  loadBalancers: LoadBalancerObject[];
  targetGroups: TargetGroupObject[];
};

type Identity = { arn: string; account: string };

/** One row of the table of rights, and what AWS said of it. */
export type ActionFact = {
  /** As in IAM. */
  action: string;
  /** The statement of our policy that allows it. */
  statement: string;
  why: string;
  verdict: { allowed: boolean; how: string; told: string } | { unknown: string };
};

/** One quota, of the account or of the named thing. */
export type QuotaFact = { quota: string; of: string; used: number; most: number };

/** The security groups of a node, with those that carry the tag of the cluster. */
export type NodeGroupsFact = { node: string; groups: string[]; tagged: string[] };

export type GroupsFacts = { nodes: NodeGroupsFact[]; rules: { group: string; count: number }[] };

export type AwsFacts = {
  endpoint: string;
  identity: Known<Identity> | { trouble: 'missing' | 'expired' | 'refused' | 'unreachable'; message: string };
  /** How far its clock is ahead of ours. */
  aheadMs: number | undefined;
  vpc: Known<'there' | 'missing'>;
  subnets: Known<SubnetFact[]>;
  actions: Known<ActionFact[]>;
  quotas: Known<QuotaFact[]>;
  groups: Known<GroupsFacts>;
};

/** All that doctor asks for. JSON. */
export type DoctorFacts = {
  /** By the clock of the API server, RFC 3339. */
  now: string;
  settings: { value: SettingsFacts } | { problems: string[] };
  release: Release;
  api: ApiServerFacts;
  nodes: Known<Node[]>;
  kubelets: Known<{ node: string; version: string }[]>;
  rights: Known<RightFact[]>;
  crds: Known<{ wanted: WantedCrd; found: CrdFact | 'absent' }[]>;
  injection: Known<InjectionFacts>;
  operator: Known<OperatorPod[]>;
  lease: Known<LeaseFacts | 'absent'>;
  peer: PeerFacts;
  objects: Known<ObjectFacts>;
  pods: Known<Pod[]>;
  aws: Known<AwsFacts>;
};

import type { SubnetFact } from '../facts.ts';
import type { CrdFields } from './crd-fields.ts';

/** What was asked for, or why it is not known. */
export type Known<Value> = { value: Value } | { unknown: string };

/** What decides of the settings. */
export type SettingsFacts = {
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

export type Identity = { arn: string; account: string };

export type AwsFacts = {
  endpoint: string;
  identity: Known<Identity> | { trouble: 'missing' | 'expired' | 'refused' | 'unreachable'; message: string };
  /** How far its clock is ahead of ours. */
  aheadMs: number | undefined;
  vpc: Known<'there' | 'missing'>;
  subnets: Known<SubnetFact[]>;
};

/** All that doctor asks for. JSON. */
export type DoctorFacts = {
  settings: { value: SettingsFacts } | { problems: string[] };
  release: Release;
  api: ApiServerFacts;
  kubelets: Known<{ node: string; version: string }[]>;
  rights: Known<RightFact[]>;
  crds: Known<{ wanted: WantedCrd; found: CrdFact | 'absent' }[]>;
  aws: Known<AwsFacts>;
};

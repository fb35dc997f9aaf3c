import { readFile, writeFile } from 'node:fs/promises';
import { createAccount } from '../../aws/account.ts';
import type { Ec2Api, ElbApi } from '../../aws/api.ts';
import { type Calls, readEverything, recordedApi, recordingApi } from '../../aws/recording.ts';
import { Invalid } from '../../errors.ts';
import type { KubeObject } from '../../kube/api.ts';
import type { ClusterIdentity } from '../../model/tags.ts';
import { CONFIG_HEAD, type ConfigText } from '../../settings/config-file.ts';
import type { Sources } from './forecast.ts';
import { KINDS, type Objects } from './objects.ts';

const HEAD = { apiVersion: 'podwire.dev/v1alpha1', kind: 'RecordedState' } as const;

/** A state as it is kept in a file: what AWS answered, and what the cluster had. Plain JSON, without any secret. */
export type State = typeof HEAD & {
  /** RFC 3339. */
  recordedAt: string;
  cluster: ClusterIdentity;
  settings: Record<string, unknown>;
  objects: Objects;
  calls: Calls;
};

/** Reads all that a plan may ask of AWS. */
export async function recordState({ objects, identity, settings, clock, ...apis }: Sources): Promise<State> {
  const calls: Calls = {};
  const elb = recordingApi(apis.elb, calls);
  const ec2 = recordingApi(apis.ec2, calls);
  await readEverything(createAccount({ elb, ec2, clock, cluster: identity, vpcId: settings.vpcId }));
  const { kubeconfig: _, awsEndpointUrl: __, ...decide } = settings;
  return {
    ...HEAD,
    recordedAt: new Date(clock.now()).toISOString(),
    cluster: identity,
    settings: decide,
    objects: Object.fromEntries(KINDS.map((kind) => [kind, objects[kind].map(bare)])) as Objects,
    calls: Object.fromEntries(Object.entries(calls).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** AWS as it was recorded. */
export const apisOf = ({ calls }: State, file: string): { elb: ElbApi; ec2: Ec2Api } => ({
  elb: recordedApi(calls, file),
  ec2: recordedApi(calls, file),
});

/** The settings that were in force, as a config file. */
export const configOf = ({ settings }: State, file: string): ConfigText => ({
  path: `${file}, settings`,
  text: JSON.stringify({ ...CONFIG_HEAD, ...settings }),
});

/** Annotations that decide something; in others there may be anything. */
const DECIDES =
  /^(alb\.ingress\.kubernetes\.io|ingressclass\.kubernetes\.io|podwire\.dev)\/|^kubernetes\.io\/ingress\.class$/;

function bare(object: KubeObject): KubeObject {
  const { annotations = {}, ...metadata } = object.metadata;
  const kept = Object.entries(annotations).filter(([key]) => DECIDES.test(key));
  const { images: _, ...status } = (object['status'] ?? {}) as Record<string, unknown>;
  return {
    ...object,
    metadata: { ...metadata, annotations: Object.fromEntries(kept) },
    ...(object['status'] !== undefined && { status }),
  };
}

export const writeState = (file: string, state: State): Promise<void> =>
  writeFile(file, `${JSON.stringify(state, undefined, 1)}\n`);

/** Throws Invalid where the file is none that was recorded. */
export async function readState(file: string): Promise<State> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new Invalid(file, `cannot be read: ${(error as Error).message.split(', ')[0]}`);
  });
  const state = parse(text);
  const whole =
    state?.apiVersion === HEAD.apiVersion &&
    state.kind === HEAD.kind &&
    KINDS.every((kind) => Array.isArray(state.objects?.[kind]));
  if (whole && state.calls && state.cluster && state.settings) return state as State;
  throw new Invalid(
    file,
    `wanted ${HEAD.apiVersion} ${HEAD.kind}, as podwire plan --record writes it, given ${text.slice(0, 60).replaceAll(/\s+/g, ' ')}`,
  );
}

function parse(text: string): Partial<State> | undefined {
  try {
    return (JSON.parse(text) ?? undefined) as Partial<State> | undefined;
  } catch {
    return undefined;
  }
}

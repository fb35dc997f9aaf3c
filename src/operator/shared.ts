import { type Account, createAccount } from '../aws/account.ts';
import type { Ec2Api, ElbApi } from '../aws/api.ts';
import { Budget, type CallRecord } from '../aws/budget.ts';
import { type Networking, openNetworking } from '../aws/networking.ts';
import { Cluster } from '../cluster/cluster.ts';
import { type Ingress, keyOf } from '../cluster/objects.ts';
import type { DrainMemory } from '../controllers/drain.ts';
import { Fallback } from '../controllers/fallback.ts';
import { fenceApis } from '../controllers/leading.ts';
import { Membership } from '../controllers/membership.ts';
import { type BindingMemory, openBindings } from '../controllers/bindings.ts';
import type { ReadinessMemory } from '../controllers/readiness.ts';
import { openMemory, type TargetMemory } from '../controllers/target-memory.ts';
import { tellProblem, type WriteEvent } from '../controllers/telling.ts';
import type { KubeApi } from '../kube/api.ts';
import { EventRecorder } from '../kube/events.ts';
import { readIdentity } from '../kube/identity.ts';
import type { Lease } from '../kube/lease.ts';
import type { Log } from '../log.ts';
import { type Metrics, noMetrics } from '../metrics.ts';
import type { Clock } from '../runtime/clock.ts';
import { type Controls, NO_CONTROLS } from '../settings/controls.ts';
import type { Settings } from '../settings/settings.ts';
import { measureCall } from './measures.ts';

export type OperatorOptions = {
  /** Name of our pod or host: who reports in Events. */
  instance: string;
  kube: KubeApi;
  elb: ElbApi;
  ec2: Ec2Api;
  clock: Clock;
  log: Log;
  settings: Settings;
  /** Parts of the protection that are switched off, to prove that they are needed. */
  controls?: Controls;
  /** Absent where there is never more than one replica. */
  lease?: Lease;
  metrics?: Metrics;
  /** Where calls to AWS are logged; without it with all the rest. */
  awsLog?: Log;
  /** Told of every request to AWS when it has ended. */
  onAwsCall?: (call: CallRecord) => void;
};

/** What is made once and shared by the lanes. */
export type Shared = OperatorOptions & {
  /** Tells us from the other operators of the cluster; empty where we have none. */
  controllerId: string;
  metrics: Metrics;
  controls: Controls;
  events: EventRecorder;
  writeEvent: WriteEvent;
  budget: Budget;
  account: Account;
  /** The same, with calls that give way to all others. */
  sweepAccount: Account;
  cluster: Cluster;
  membership: Membership;
  fallback: Fallback;
  networking: Networking;
  /** Stacks that are to be compared with AWS though nothing of theirs changed. */
  unverified: Set<string>;
  /** What is known of the registered targets. */
  memory: TargetMemory;
  /** What is known of the TargetGroupBindings. */
  bindings: BindingMemory;
  /** The drain lines that stand. */
  lines: DrainMemory;
  /** What is known of the readiness gates that are not open. */
  gates: ReadinessMemory;
};

export async function openShared(options: OperatorOptions): Promise<Shared> {
  const { clock, settings, lease } = options;
  const { kube, elb, ec2 } = fenceApis(options, lease);
  const budget = new Budget({ clock, onCall: (call) => tellCall(call, options) });
  const account = createAccount({
    elb: budget.elb(elb),
    ec2: budget.ec2(ec2),
    clock,
    cluster: await readIdentity(kube, settings),
    vpcId: settings.vpcId,
  });
  const cluster = new Cluster();
  const onLost = (error: unknown) => options.log.warn({ error: String(error) }, 'an Event was not written');
  const events = new EventRecorder({ kube, clock, instance: options.instance, onLost });
  const { controllerId } = settings;
  return {
    ...options,
    controllerId,
    kube,
    elb,
    metrics: options.metrics ?? noMetrics,
    controls: options.controls ?? NO_CONTROLS,
    events,
    // What a replica sees that does not lead is the leader's to tell.
    writeEvent: (about, text) => {
      if (lease?.leads() ?? true) events.record(about, text);
    },
    budget,
    account,
    sweepAccount: { ...account, elb: budget.elb(elb, 'sweep'), ec2: budget.ec2(ec2, 'sweep') },
    cluster,
    membership: new Membership(cluster, { controllerId }),
    fallback: new Fallback(cluster, clock, {
      hysteresis: { awayMs: settings.fallbackAwaySeconds * 1_000, backMs: settings.fallbackBackSeconds * 1_000 },
      defaultTargetType: settings.defaultTargetType,
    }),
    networking: openNetworking(account.ec2, account.facts, account.cluster),
    unverified: new Set(),
    memory: openMemory(),
    bindings: openBindings(),
    lines: new Map(),
    gates: new Map(),
  };
}

function tellCall(call: CallRecord, { log, awsLog = log, metrics = noMetrics, onAwsCall }: OperatorOptions): void {
  const { error, requestId: awsRequestId, code, ...told } = call;
  measureCall(call, metrics);
  onAwsCall?.(call);
  const asked = awsRequestId !== undefined && { awsRequestId };
  awsLog.debug({ ...told, ...asked, ...(error && { code, error: error.message }) }, 'aws call');
}

export function tellPlace(ingress: Ingress, { membership, writeEvent, log }: Shared): void {
  const { verdict, problem } = membership.place(ingress);
  if (problem !== undefined) tellProblem(writeEvent, ingress, problem);
  if (!verdict.ours && verdict.reason === 'EksAutoMode') log.info({ ingress: keyOf(ingress) }, verdict.message);
}

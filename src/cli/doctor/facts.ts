import type { Inquiry } from '../../kube/inquiry.ts';
import type { AwsFacts, DoctorFacts, InjectionFacts, Known, SettingsFacts } from '../../model/doctor/facts.ts';
import type { Clock } from '../../runtime/clock.ts';
import { type AwsApis, readAws } from './aws.ts';
import { readApiServer, readKubelets } from './cluster.ts';
import { readCrds } from './crds.ts';
import { readInjection } from './injection.ts';
import { known } from './known.ts';
import { readKept, readObjects } from './objects.ts';
import { readLeaseFacts, readOperatorPods, readPeer } from './operators.ts';
import { type Features, readRights } from './rights.ts';

/** Where doctor asks. */
export type Sources = {
  clock: Clock;
  settings: DoctorFacts['settings'];
  /** Absent where no way to it was found, with the reason. */
  cluster: { inquiry: Inquiry; server: string } | { trouble: string };
  /** Nothing where it is not to be asked, with the reason. */
  awsOf: (settings: SettingsFacts) => AwsApis | string;
};

/** Asks for all that is judged; nothing is written, in the cluster or in AWS. */
export async function readFacts(sources: Sources): Promise<DoctorFacts> {
  const { settings } = sources;
  const inside = await readCluster(sources);
  return { settings, ...inside, release: releaseOf(sources, inside.operator), aws: await readAwsOr(sources, inside) };
}

type ClusterFacts = Omit<DoctorFacts, 'settings' | 'release' | 'aws'>;

/** Where the operator runs, as its pods tell; what the chart calls it where there are none. */
function releaseOf({ settings }: Sources, pods: DoctorFacts['operator']): DoctorFacts['release'] {
  const own = 'value' in settings ? settings.value.ownNamespace : 'podwire-system';
  const all = 'value' in pods ? pods.value : [];
  const pod = all.find(({ namespace }) => namespace === own) ?? all[0];
  return { name: pod?.instance || 'podwire', namespace: pod?.namespace ?? own };
}

async function readCluster({ cluster, settings, clock }: Sources): Promise<ClusterFacts> {
  const now = (aheadMs = 0): string => new Date(clock.now() + aheadMs).toISOString();
  if ('trouble' in cluster) return unread({ trouble: 'kubeconfig', server: '', message: cluster.trouble }, now());
  const { inquiry, server } = cluster;
  const api = await readApiServer(inquiry, server);
  if ('trouble' in api) return unread(api, now());
  const controllerId = 'value' in settings ? settings.value.controllerId : '';
  const [kubelets, nodes, crds, operator, peer, objects, pods, ofSettings] = await Promise.all([
    readKubelets(inquiry),
    known(readKept(inquiry, 'node')),
    known(readCrds(inquiry)),
    known(readOperatorPods(inquiry, 'podwire')),
    readPeer(inquiry),
    known(readObjects(inquiry, controllerId)),
    known(readKept(inquiry, 'pod', controllerId)),
    'value' in settings ? readBySettings(inquiry, settings.value) : UNSETTLED,
  ]);
  return { now: now(api.aheadMs), api, kubelets, nodes, crds, operator, peer, objects, pods, ...ofSettings };
}

type BySettings = Pick<DoctorFacts, 'rights' | 'injection' | 'lease'>;

const NO_SETTINGS = { unknown: 'the settings are not valid' };
const UNSETTLED: BySettings = { rights: NO_SETTINGS, injection: NO_SETTINGS, lease: NO_SETTINGS };

async function readBySettings(inquiry: Inquiry, settings: SettingsFacts): Promise<BySettings> {
  const injection = await readInjection(inquiry, settings);
  const [rights, lease] = await Promise.all([
    known(readRights(inquiry, settings, featuresOf(settings, injection))),
    settings.leaderElect ? known(readLeaseFacts(inquiry, settings)) : { unknown: 'no lease is asked for' },
  ]);
  return { rights, lease, injection: { value: injection } };
}

/** Rights that are asked for: with `auto`, those of what is installed. */
function featuresOf({ inject, leaderElect }: SettingsFacts, { policy, webhook }: InjectionFacts): Features {
  const auto = inject === 'auto';
  const byPolicy = inject === 'policy' || (auto && 'value' in policy && policy.value);
  const installed = 'value' in webhook && webhook.value !== 'absent';
  return {
    policy: byPolicy,
    webhook: inject === 'webhook' || (auto && !byPolicy && installed),
    leaderElection: leaderElect,
  };
}

function unread(api: ClusterFacts['api'], now: string): ClusterFacts {
  const unknown = { unknown: 'the API server cannot be asked' };
  return {
    now,
    api,
    kubelets: unknown,
    nodes: unknown,
    crds: unknown,
    operator: unknown,
    peer: { pods: unknown, webhooks: unknown },
    objects: unknown,
    pods: unknown,
    rights: unknown,
    injection: unknown,
    lease: unknown,
  };
}

async function readAwsOr({ settings, awsOf }: Sources, { nodes, objects }: ClusterFacts): Promise<Known<AwsFacts>> {
  if (!('value' in settings)) return NO_SETTINGS;
  const apis = awsOf(settings.value);
  const inside = {
    settings: settings.value,
    nodes: 'value' in nodes ? nodes.value : [],
    targetGroups: 'value' in objects ? objects.value.targetGroups : [],
  };
  return typeof apis === 'string' ? { unknown: apis } : { value: await readAws(apis, inside) };
}

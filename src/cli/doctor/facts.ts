import type { Inquiry } from '../../kube/inquiry.ts';
import type { AwsFacts, DoctorFacts, Known, SettingsFacts } from '../../model/doctor/facts.ts';
import { type AwsApis, readAws } from './aws.ts';
import { readApiServer, readKubelets } from './cluster.ts';
import { readCrds } from './crds.ts';
import { known } from './known.ts';
import { readRights } from './rights.ts';

/** Where doctor asks. */
export type Sources = {
  settings: DoctorFacts['settings'];
  /** Absent where no way to it was found, with the reason. */
  cluster: { inquiry: Inquiry; server: string } | { trouble: string };
  /** Nothing where it is not to be asked, with the reason. */
  awsOf: (settings: SettingsFacts) => AwsApis | string;
};

/** Asks for all that is judged; nothing is written, in the cluster or in AWS. */
export async function readFacts({ settings, cluster, awsOf }: Sources): Promise<DoctorFacts> {
  const [inside, aws] = await Promise.all([readCluster(cluster, settings), readAwsOr(settings, awsOf)]);
  const namespace = 'value' in settings ? settings.value.ownNamespace : 'podwire-system';
  return { settings, release: { name: 'podwire', namespace }, ...inside, aws };
}

type ClusterFacts = Pick<DoctorFacts, 'api' | 'kubelets' | 'rights' | 'crds'>;

async function readCluster(cluster: Sources['cluster'], settings: Sources['settings']): Promise<ClusterFacts> {
  if ('trouble' in cluster) return unread({ trouble: 'kubeconfig', server: '', message: cluster.trouble });
  const { inquiry, server } = cluster;
  const api = await readApiServer(inquiry, server);
  if ('trouble' in api) return unread(api);
  const [kubelets, rights, crds] = await Promise.all([
    readKubelets(inquiry),
    'value' in settings
      ? known(readRights(inquiry, settings.value, { policy: true, webhook: true, leaderElection: true }))
      : { unknown: NO_SETTINGS },
    known(readCrds(inquiry)),
  ]);
  return { api, kubelets, rights, crds };
}

const NO_SETTINGS = 'the settings are not valid';

function unread(api: ClusterFacts['api']): ClusterFacts {
  const unknown = { unknown: 'the API server cannot be asked' };
  return { api, kubelets: unknown, rights: unknown, crds: unknown };
}

async function readAwsOr(settings: Sources['settings'], awsOf: Sources['awsOf']): Promise<Known<AwsFacts>> {
  if (!('value' in settings)) return { unknown: NO_SETTINGS };
  const apis = awsOf(settings.value);
  return typeof apis === 'string' ? { unknown: apis } : { value: await readAws(apis, settings.value) };
}

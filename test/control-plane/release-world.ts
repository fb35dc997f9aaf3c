import { cp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SETTINGS } from '../../src/local/aws/settings.ts';
import { permitOperator } from '../../src/local/operator-rights.ts';
import { shippedFile } from '../../src/local/package-root.ts';
import { REGION } from '../../src/local/vpc.ts';
import { imageEntrypoint } from '../../src/node-flags.ts';
import { type HelmName, helm } from '../chart/helm.ts';
import { type ClusterWorld, opened, type Stops, startParts } from './operator-world.ts';

export const OWN_NAMESPACE = 'podwire-system';
export const CHART = 'charts/podwire';

/** A cluster in which the chart's image is the bundle: what the chart installs runs there as pods, with the chart's rights. */
export type ReleaseWorld = ClusterWorld & {
  /** Runs Helm on the namespace of the release. */
  helm(name: HelmName, ...args: string[]): Promise<string>;
  /** `--set` of what somebody who installs the chart here has to say. */
  values: string[];
};

export const openReleaseWorld = (): Promise<ReleaseWorld> =>
  opened(async (stops: Stops) => {
    const images = (dir: string) => ({ 'podwire/podwire': { entrypoint: entrypointIn(dir) } });
    const world = await startParts(stops, { images, crds: false });
    // A copy: another build meanwhile must not change what is tested.
    await cp(shippedFile('dist'), join(world.dir, 'app'), { recursive: true, filter: isInImage });
    await allowAws(world);
    return { ...world, values: valuesFor(world), helm: helmOf(world) };
  });

/** That of the image, with its permissions: what it may read in a container is in the folder of the pod here. */
const entrypointIn = (dir: string) => imageEntrypoint({ node: process.execPath, app: join(dir, 'app') });

const isInImage = (path: string): boolean => basename(path) === 'dist' || /^operator.*\.mjs$/.test(basename(path));

/** The namespace, and in it the Secret with the credentials of a user who may do what `podwire iam` prints. */
async function allowAws({ aws, kubectl }: Pick<ClusterWorld, 'aws' | 'kubectl'>): Promise<void> {
  const stringData = await permitOperator(aws.url, SETTINGS.clusterName.value);
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await kubectl.apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: OWN_NAMESPACE, labels } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: OWN_NAMESPACE, name: 'aws' }, stringData },
  );
}

function valuesFor({ aws }: Pick<ClusterWorld, 'aws'>): string[] {
  const values = {
    clusterName: SETTINGS.clusterName.value,
    region: REGION,
    vpcId: SETTINGS.vpcId.value,
    'identity.type': 'environment',
    'identity.secretName': 'aws',
    'config.awsEndpointUrl': aws.url,
  };
  return Object.entries(values).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
}

function helmOf({ controlPlane, dir }: Pick<ClusterWorld, 'controlPlane' | 'dir'>): ReleaseWorld['helm'] {
  const own = (of: string) => ({ [`HELM_${of}_HOME`]: join(dir, `helm-${of}`) });
  const env = { KUBECONFIG: controlPlane.kubeconfig, ...own('CACHE'), ...own('CONFIG'), ...own('DATA') };
  return (name, ...args) => helm(name, [...args, '--namespace', OWN_NAMESPACE], env);
}

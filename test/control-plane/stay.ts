// A real API server on this machine, for the chart to be installed into by hand. Stays until it is told to end.
import { once } from 'node:events';
import { dirname } from 'node:path';
import { CONTROL_PLANE_TOOLS, findTools } from '../../scripts/tool-cache.ts';
import { REGION } from '../../src/local/vpc.ts';
import { CHART, openReleaseWorld, OWN_NAMESPACE, type ReleaseWorld } from './release-world.ts';

const tools = findTools([...CONTROL_PLANE_TOOLS, 'helm4']);
if ('missing' in tools) {
  console.error(tools.missing);
  process.exit(1);
}
const told = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
console.error('starting etcd, kube-apiserver, kube-controller-manager, three nodes and local AWS');
const world = await openReleaseWorld();
for (const line of linesOf(world, [tools.paths.kubectl, tools.paths.helm4].map(dirname))) console.log(line);
await told;
await world.close(false);
process.exit(0);

function linesOf({ controlPlane, aws, values }: ReleaseWorld, programs: string[]): string[] {
  return [
    'In another terminal, in this folder:',
    '',
    `  export PATH=${[...programs, '$PATH'].join(':')}`,
    `  export KUBECONFIG=${controlPlane.kubeconfig}`,
    `  export AWS_ENDPOINT_URL=${aws.url} AWS_DEFAULT_REGION=${REGION} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local`,
    '',
    `  helm install podwire ${CHART} --namespace ${OWN_NAMESPACE} --wait ${values.join(' ')}`,
    `  helm test podwire --namespace ${OWN_NAMESPACE} --logs`,
    '  kubectl apply -f examples/hello/hello.yaml',
    '  kubectl rollout status deployment/web -n hello',
    '  kubectl wait --for=condition=Ready loadbalancer --all --timeout=5m',
    '  kubectl get ingress hello -n hello',
    '',
    'Ctrl-C stops everything.',
  ];
}

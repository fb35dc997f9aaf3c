import { REGION } from '../local/vpc.ts';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SETTINGS } from '../local/aws/settings.ts';
import { type Local, startLocal } from '../local/local.ts';
import { applyObjects } from '../local/manifests.ts';
import type { Command, Terminal } from './command.ts';
import { readWords, WrongWords } from './words.ts';

const OPTIONS = {
  output: { type: 'string' },
  dir: { type: 'string' },
  'aws-port': { type: 'string' },
  'api-server-port': { type: 'string' },
} as const;

export const command: Command = {
  summary: 'Starts local AWS, a local cluster and the operator, and stays.',
  usage: [
    'podwire local [--output json] [--dir DIR] [--aws-port PORT] [--api-server-port PORT]',
    '',
    'It prints what to type into a second terminal. --output json prints one line with both addresses instead; logs go to DIR.',
  ].join('\n  '),
  examples: ['podwire local', 'podwire local --output json', 'podwire local --dir logs --api-server-port 6443'],
  options: OPTIONS,
  values: { output: ['json'] },
  async run(args, terminal) {
    const values = readArguments(args);
    const json = values.output === 'json';
    const dir = values.dir ?? (await mkdtemp(join(tmpdir(), 'podwire-')));
    const local = await startLocal({
      dir,
      tell: json ? () => undefined : (line) => terminal.tell(`starting ${line}`),
      ...portOf('awsPort', ['--aws-port', values['aws-port']]),
      ...portOf('apiServerPort', ['--api-server-port', values['api-server-port']]),
    });
    await writeFile(join(dir, 'authority.pem'), local.aws.authority);
    await applyObjects(local.kube, KUBE_PROXY);
    describe(local, { dir, json }, terminal);
    await stopped(local, terminal);
    await local.stop();
    return 0;
  },
};

/** As EKS has it: nodes here forward as kube-proxy does in this mode. */
const KUBE_PROXY = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'kube-system', name: 'kube-proxy-config' },
    data: { config: 'mode: iptables\n' },
  },
];

/** Throws WrongWords with one sentence for whatever cannot be understood. */
function readArguments(args: string[]) {
  const { values } = readWords(args, { command: 'local', options: OPTIONS });
  if (values.output !== undefined && values.output !== 'json')
    throw new WrongWords('--output', `wanted json, given ${values.output}`);
  return values;
}

function portOf(name: 'awsPort' | 'apiServerPort', [flag, given]: [string, string | undefined]) {
  if (given === undefined) return {};
  const port = Number(given);
  if (/^\d{1,5}$/.test(given) && port < 65_536) return { [name]: port };
  throw new WrongWords(flag, `wanted a port, given ${given}`);
}

function describe({ aws, cluster }: Local, { dir, json }: { dir: string; json: boolean }, { out }: Terminal): void {
  if (json) return out(JSON.stringify({ aws: aws.url, kubeconfig: cluster.kubeconfigPath }));
  out(`local AWS      ${aws.url}`);
  out(`local cluster  ${cluster.url}`);
  out(`kubeconfig     ${cluster.kubeconfigPath}`);
  out(`logs           ${dir}`);
  out('');
  out(`  export KUBECONFIG=${cluster.kubeconfigPath}`);
  out(
    `  export AWS_ENDPOINT_URL=${aws.url} AWS_DEFAULT_REGION=${REGION} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local`,
  );
  out(`  export PODWIRE_CLUSTER_NAME=${SETTINGS.clusterName.value} PODWIRE_VPC_ID=${SETTINGS.vpcId.value}`);
  out('  kubectl apply -f examples/shop/shop.yaml');
  out('  kubectl get ingress,targetgroups,loadbalancers -A');
  out('  podwire explain ingress/shop -n shop');
  out('  aws elbv2 describe-load-balancers');
  out(`  curl ${aws.url}/_podwire/addresses      # where each listener really listens, with a curl line`);
  out('');
  out('Ctrl-C stops everything.');
}

/** Resolves when it is told to end, or when a part of it ended. */
const stopped = ({ operator }: Local, { signal, tell }: Terminal): Promise<void> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    void operator.ended.then((reason) => {
      if (!signal.aborted) tell(`the operator ended: ${reason}; its log is ${operator.log}`);
      resolve();
    });
  });

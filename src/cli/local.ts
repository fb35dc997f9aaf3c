import { REGION } from '../local/vpc.ts';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Local, startLocal } from '../local/local.ts';
import type { Command, Terminal } from './command.ts';

const OPTIONS = {
  output: { type: 'string' },
  dir: { type: 'string' },
  'aws-port': { type: 'string' },
  'api-server-port': { type: 'string' },
} as const;

export const command: Command = {
  summary: 'Starts local AWS, a local cluster and the operator, and stays.',
  usage: 'podwire local [--output json] [--dir DIR] [--aws-port PORT] [--api-server-port PORT]',
  options: OPTIONS,
  values: { output: ['json'] },
  async run(args, terminal) {
    const { values } = parseArgs({ args, options: OPTIONS });
    const json = values.output === 'json';
    const dir = values.dir ?? (await mkdtemp(join(tmpdir(), 'podwire-')));
    const local = await startLocal({
      dir,
      tell: json ? () => undefined : (line) => terminal.tell(`starting ${line}`),
      ...(values['aws-port'] && { awsPort: Number(values['aws-port']) }),
      ...(values['api-server-port'] && { apiServerPort: Number(values['api-server-port']) }),
    });
    await writeFile(join(dir, 'authority.pem'), local.aws.authority);
    describe(local, { dir, json }, terminal);
    await stopped(local, terminal);
    await local.stop();
    return 0;
  },
};

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
  out('  kubectl apply -f examples/shop/shop.yaml');
  out('  kubectl get ingress,targetgroups,loadbalancers -A');
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

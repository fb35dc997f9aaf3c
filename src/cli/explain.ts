import { createEc2Api, createElbApi } from '../aws/clients.ts';
import { Denied, Invalid, Retry } from '../errors.ts';
import type { WayFacts } from '../model/explain/facts.ts';
import { type Explanation, tellExplanation } from '../model/explain/pod.ts';
import { explainWay, tellWay, type WayExplanation } from '../model/explain/way.ts';
import { realClock as clock } from '../runtime/clock.ts';
import { openCluster } from './cluster.ts';
import type { Command, Terminal } from './command.ts';
import { type Asked, OPTIONS, readArguments } from './explain/arguments.ts';
import { type AwsApis, readAwsFacts } from './explain/aws-facts.ts';
import { readClusterFacts } from './explain/cluster-facts.ts';
import { explainPodNow } from './explain/pod.ts';
import type { ReadApi } from './explain/reader.ts';

export const command: Command = {
  summary: 'Explains the way from a client to an Ingress, a Service or a pod: the first broken link, and every hop.',
  usage:
    'podwire explain ingress/NAME|service/NAME|pod/NAME [-n NAMESPACE] [-o text|json] [--url URL] [--from pod/NAME] [--no-aws] [--controller-id ID] [--region REGION] [--kubeconfig FILE] [--context NAME]',
  examples: [
    'podwire explain ingress/shop -n shop',
    'podwire explain ingress/shop -n shop --url https://www.example.com/cart',
    'podwire explain service/web --from pod/client',
    'podwire explain pod/web-6f5d8c7b9-x2x4q -o json',
  ],
  options: OPTIONS,
  values: { output: ['text', 'json'] },
  words: ['ingress/', 'service/', 'pod/'],
  async run(args, terminal) {
    try {
      const asked = readArguments(args);
      const explained = await explainNow(asked, terminal);
      tell(explained, asked.json, terminal);
      return explained.way.broken ? 1 : 0;
    } catch (error) {
      if (!(error instanceof Invalid || error instanceof Retry || error instanceof Denied)) throw error;
      terminal.tell(error.message);
      return 2;
    }
  },
};

/** The way, and of a pod how it will leave besides. */
export type Explained = { way: WayExplanation; pod?: Explanation };

async function explainNow(asked: Asked, terminal: Terminal): Promise<Explained> {
  const { env } = terminal;
  const { access, kube } = await openCluster(asked, terminal, { userAgent: 'podwire' });
  const namespace = asked.namespace ?? access.namespace ?? 'default';
  const region = asked.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  return explain({ ...asked, namespace }, { kube, ...(asked.withAws && { awsOf: (facts) => awsApis(facts, region) }) });
}

/** Where it asks; `awsOf` is absent where AWS is not to be asked, and gives nothing where no region is known. */
export type Sources = { kube: ReadApi; awsOf?: (facts: WayFacts) => AwsApis | undefined };

/** Reads the cluster and AWS, and explains. Throws Invalid where there is no such object. */
export async function explain(asked: Asked & { namespace: string }, { kube, awsOf }: Sources): Promise<Explained> {
  const now = new Date(clock.now()).toISOString();
  const facts = await readClusterFacts(kube, { ...asked, now });
  const way = explainWay(await withAws(facts, awsOf));
  if (asked.kind !== 'pod') return { way };
  const pod = await explainPodNow(kube, asked);
  return { way: way.findings.length > 0 ? way : { ...way, verdict: pod.verdict }, pod };
}

/** AWS is no condition of an explanation: what it does not tell is said. */
async function withAws(facts: WayFacts, awsOf: Sources['awsOf']): Promise<WayFacts> {
  const not = (why: string): WayFacts => ({ ...facts, unasked: [...facts.unasked, `AWS: ${why}`] });
  if (awsOf === undefined) return not('--no-aws');
  if (facts.groups.length === 0 && facts.ledgers.every(({ status }) => status.arn === undefined))
    return not('nothing of the way is there yet');
  const apis = awsOf(facts);
  if (apis === undefined) return not('no region is known: give --region or AWS_REGION');
  try {
    return { ...facts, aws: await readAwsFacts(apis, facts) };
  } catch (error) {
    return not((error as Error).message);
  }
}

/** The region is in every ARN. */
function awsApis({ groups, ledgers }: WayFacts, given: string | undefined): AwsApis | undefined {
  const [arn = ''] = [...groups.map(({ spec }) => spec.arn), ...ledgers.flatMap(({ status }) => status.arn ?? [])];
  const region = arn.split(':')[3] || given;
  return region === undefined ? undefined : { elb: createElbApi({ region }), ec2: createEc2Api({ region }), clock };
}

function tell({ way, pod }: Explained, json: boolean, { out }: Terminal): void {
  if (json) return out(JSON.stringify({ ...way, ...(pod && { pod }) }, undefined, 2));
  for (const line of tellWay(way, pod && tellExplanation(pod))) out(line);
}

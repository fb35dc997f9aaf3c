import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import { PARTITIONS, policyOf, type Policy } from '../../src/aws/policy.ts';
import { FEATURE_NAMES } from '../../src/aws/rights/features.ts';
import { runCommand } from '../../src/cli/command.ts';
import { checkPolicy } from '../../src/local/aws/iam/evaluation.ts';
import { readHcl } from './hcl.ts';

type Said = { code: number; out: string; told: string[] };

async function iam(args: string[], env: Record<string, string> = {}): Promise<Said> {
  const [out, told]: [string[], string[]] = [[], []];
  const terminal = {
    env,
    out: (line: string) => void out.push(line),
    tell: (line: string) => void told.push(line),
    signal: new AbortController().signal,
  };
  const code = await runCommand({ iam: () => import('../../src/cli/iam.ts') }, ['iam', ...args], terminal);
  return { code, out: out.join('\n'), told };
}

const NAME = ['--cluster-name', 'blue'];
const ALL = [...NAME, '--vpc-id', 'vpc-0a1b2c3d4e5f60718', '--features', 'all'];
const WANTED = policyOf({ clusterName: 'blue', vpcId: 'vpc-0a1b2c3d4e5f60718', features: FEATURE_NAMES });

/** The policy that Terraform would make of a data source. */
function policyOfHcl(text: string): Policy {
  const { blocks } = readHcl(text);
  const [document] = blocks.filter(({ labels }) => labels[0] === 'aws_iam_policy_document');
  const one = (values: unknown) => (Array.isArray(values) && values.length === 1 ? values[0] : values);
  const Statement = (document?.blocks ?? []).map(({ values, blocks: conditions }) => {
    const Condition: Record<string, Record<string, unknown>> = {};
    for (const { values: said } of conditions) {
      const { test: operator, variable } = said as { test: string; variable: string };
      Condition[operator] = { ...Condition[operator], [variable]: one(said['values']) };
    }
    return {
      Sid: values['sid'],
      Effect: values['effect'],
      Action: values['actions'],
      Resource: values['resources'],
      ...(conditions.length > 0 && { Condition }),
    };
  });
  return { Version: document?.values['version'], Statement } as Policy;
}

/** With every list that may stand as the one itself as a list. */
const inFull = ({ Statement, ...rest }: Policy) => ({
  ...rest,
  Statement: Statement.map(({ Action, Resource, ...each }) => ({
    ...each,
    Action: [Action].flat(),
    Resource: [Resource].flat(),
  })),
});

describe('R20: podwire iam', () => {
  test('prints JSON', async () => {
    const { code, out } = await iam(ALL);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual(WANTED);
  });

  test('prints a CloudFormation template', async () => {
    const template = parse((await iam([...ALL, '-o', 'cloudformation'])).out) as {
      AWSTemplateFormatVersion: unknown;
      Resources: { PodwirePolicy: { Type: string; Properties: { PolicyDocument: Policy } } };
      Outputs: unknown;
    };
    expect(template.AWSTemplateFormatVersion).toBe('2010-09-09');
    const { Type, Properties } = template.Resources.PodwirePolicy;
    expect(Type).toBe('AWS::IAM::ManagedPolicy');
    expect(Properties.PolicyDocument).toEqual(WANTED);
    expect(template.Outputs).toEqual({ PolicyArn: { Value: { Ref: 'PodwirePolicy' } } });
  });

  test('prints Terraform', async () => {
    const { out } = await iam([...ALL, '-o', 'terraform']);
    expect(inFull(policyOfHcl(out))).toEqual(inFull(WANTED));
    const resource = readHcl(out).blocks.find(({ kind }) => kind === 'resource');
    expect(resource).toMatchObject({
      labels: ['aws_iam_policy', 'podwire'],
      values: { name: 'podwire-blue', policy: { reference: 'data.aws_iam_policy_document.podwire.json' } },
    });
  });

  test.each(PARTITIONS)('for the partition %s, in every format', async (partition) => {
    const wanted = policyOf({ clusterName: 'blue', partition });
    const asked = async (format: string) => (await iam([...NAME, '--partition', partition, '-o', format])).out;
    expect(JSON.parse(await asked('json'))).toEqual(wanted);
    expect(inFull(policyOfHcl(await asked('terraform')))).toEqual(inFull(wanted));
    expect(JSON.stringify(parse(await asked('cloudformation')))).toContain(JSON.stringify(wanted));
    expect(() => checkPolicy(wanted)).not.toThrow();
  });

  test.each(['json', 'terraform', 'cloudformation'])('two times are byte-identical: %s', async (format) => {
    const args = [...ALL, '-o', format];
    expect((await iam(args)).out).toBe((await iam(args)).out);
  });

  test("takes the operator's own variables where no flag says otherwise", async () => {
    const env = { PODWIRE_CLUSTER_NAME: 'green', PODWIRE_REGION: 'eu-west-1', AWS_REGION: 'us-east-1' };
    expect((await iam([], env)).out).toContain('arn:aws:elasticloadbalancing:eu-west-1:*');
    expect(JSON.parse((await iam(NAME, env)).out)).toEqual(policyOf({ clusterName: 'blue', region: 'eu-west-1' }));
  });

  test('takes features by name, and words for several of them', async () => {
    const actions = async (features: string) =>
      (JSON.parse((await iam([...NAME, '--features', features])).out) as Policy).Statement.flatMap(
        ({ Action }) => Action,
      );
    expect(await actions('targets')).toContain('elasticloadbalancing:RegisterTargets');
    expect(await actions('targets')).not.toContain('elasticloadbalancing:CreateLoadBalancer');
    expect(JSON.parse((await iam([...NAME, '--features', 'usual'])).out)).toEqual(policyOf({ clusterName: 'blue' }));
    expect((await iam([...NAME, '--features', 'usual, bindings'])).out).toContain('"OfNoCluster"');
  });

  test('says all that is wrong at once, with the nearest name, and prints nothing', async () => {
    const args = ['--cluster-name', 'a b', '--partition', 'aws-china', '--vpc-id', 'subnet-1', '--account', '12'];
    const { code, out, told } = await iam([
      ...args,
      '--region',
      'Frankfurt',
      '--features',
      'targts',
      '-o',
      'terrafrom',
    ]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(told).toEqual([
      '--cluster-name: wanted 1 to 100 letters, digits, - and _; given "a b"',
      '--region: wanted a region such as eu-central-1; given "Frankfurt"',
      '--account: wanted 12 digits; given "12"',
      '--vpc-id: wanted vpc- and 8 to 17 hex digits; given "subnet-1"',
      '--partition: wanted aws, aws-cn, aws-us-gov; given "aws-china"; did you mean aws-cn?',
      '--output: wanted json, terraform, cloudformation; given "terrafrom"; did you mean terraform?',
      expect.stringMatching(/^--features: wanted .*; given "targts"; did you mean targets\?$/),
    ]);
  });

  test.each([
    [[], ['--cluster-name: wanted the name of the cluster, given nothing']],
    [['--cluster-nam', 'blue'], ['unknown flag --cluster-nam; did you mean --cluster-name?']],
    [['--cluster-name'], ['--cluster-name: wanted a value, given none']],
    [[...NAME, 'ingress/shop'], ['podwire iam: wanted flags only, given ingress/shop']],
    [['--cluster-name', '${aws:username}'], [expect.stringContaining('given "${aws:username}"')]],
  ])('%j', async (args, problems) => {
    expect(await iam(args)).toEqual({ code: 2, out: '', told: problems });
  });

  test('its help has examples, each of which it takes', async () => {
    const { out } = await iam(['--help']);
    const examples = out.split('\n').filter((line) => line.startsWith('  podwire iam --cluster-name demo'));
    expect(examples.length).toBeGreaterThanOrEqual(4);
    for (const example of examples) {
      const args = example.replace(/>.*/, '').trim().split(' ').slice(2);
      expect(await iam(args)).toMatchObject({ code: 0, told: [] });
    }
  });
});

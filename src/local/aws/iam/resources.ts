import type { LocalAws } from '../aws.ts';
import type { ServiceName } from '../operation.ts';
import type { Tags } from '../state.ts';

export type Input = Record<string, unknown>;
export type IamCall = { service: ServiceName; action: string; input: Input };

/** What a call is about, as a condition sees it. `bystander`: the tags of the request are not for it. */
export type Resource = { arn: string; tags?: Tags | undefined; vpc?: string | undefined; bystander?: boolean };

/** What a call is about, with the tags it has now; a call that describes is about everything, and what is not there is left out. */
export function resourcesOf(aws: LocalAws, { service, action, input }: IamCall): Resource[] {
  if (/^(Describe|List|Get)/.test(action)) return [{ arn: '*' }];
  const created = CREATED[action]?.(aws, input);
  if (created !== undefined) return created;
  if (service === 'elasticloadbalancing') return arnsIn(input).flatMap((arn) => elbResource(aws, arn));
  if (service === 'ec2') return idsIn(input).flatMap((id) => ec2Resource(aws, id));
  if (service === 'iam') return [{ arn: text(input, 'PolicySourceArn') }];
  const arn = text(input, 'CertificateArn') || '*';
  return [{ arn, tags: aws.state.certificates.get(arn)?.tags }];
}

const text = (input: Input, member: string): string => (typeof input[member] === 'string' ? input[member] : '');

const elbArn = (aws: LocalAws, resource: string) => ({ arn: aws.arn('elasticloadbalancing', resource) });

/** What comes into being by the call; for EC2 also what it is made in. */
const CREATED: Record<string, (aws: LocalAws, input: Input) => Resource[]> = {
  CreateLoadBalancer: (aws, input) => {
    const kind = input['Type'] === 'network' ? 'net' : 'app';
    return [elbArn(aws, `loadbalancer/${kind}/${text(input, 'Name')}/*`)];
  },
  CreateTargetGroup: (aws, input) => [elbArn(aws, `targetgroup/${text(input, 'Name')}/*`)],
  CreateSecurityGroup: (aws, input) => {
    const id = text(input, 'VpcId') || aws.settings.vpcId;
    const vpc = aws.arn('ec2', `vpc/${id}`);
    const made = { arn: aws.arn('ec2', 'security-group/*'), vpc };
    return [made, { arn: vpc, vpc, tags: aws.state.vpcs.get(id)?.tags, bystander: true }];
  },
};

/** What gets the tags of a call that creates with tags, and the action that it is asked of; nothing for other calls. */
export function taggedBy(aws: LocalAws, call: IamCall): { action: string; arn: string } | undefined {
  const { action, input } = call;
  if (action === 'CreateSecurityGroup') return { action: 'ec2:CreateTags', arn: aws.arn('ec2', 'security-group/*') };
  if (action.startsWith('AuthorizeSecurityGroup'))
    return { action: 'ec2:CreateTags', arn: aws.arn('ec2', 'security-group-rule/*') };
  const path = BELOW[action]?.(input) ?? CREATED[action]?.(aws, input)[0]?.arn;
  return path === undefined ? undefined : { action: 'elasticloadbalancing:AddTags', arn: path };
}

/** ARNs of listeners and rules spell out what they are below. */
const BELOW: Record<string, (input: Input) => string> = {
  CreateListener: (input) => `${text(input, 'LoadBalancerArn').replace(':loadbalancer/', ':listener/')}/*`,
  CreateRule: (input) => `${text(input, 'ListenerArn').replace(':listener/', ':listener-rule/')}/*`,
};

/** ELBv2 names what a call is about by its ARN, once or in a list. */
function arnsIn(input: Input): string[] {
  if (Array.isArray(input['ResourceArns'])) return input['ResourceArns'] as string[];
  const priorities = input['RulePriorities'] as { RuleArn?: string }[] | undefined;
  if (priorities !== undefined) return priorities.flatMap(({ RuleArn }) => RuleArn ?? []);
  const members = ['RuleArn', 'ListenerArn', 'TargetGroupArn', 'LoadBalancerArn'];
  const found = members.map((member) => text(input, member)).find((arn) => arn !== '');
  return found === undefined ? [] : [found];
}

function elbResource({ state }: LocalAws, arn: string): Resource[] {
  const kinds = [state.loadBalancers, state.targetGroups, state.listeners, state.rules];
  const found = kinds.map((kind) => kind.get(arn)).find((one) => one !== undefined);
  return found === undefined ? [] : [{ arn, tags: found.tags }];
}

const idsIn = (input: Input): string[] => {
  if (Array.isArray(input['Resources'])) return input['Resources'] as string[];
  return text(input, 'GroupId') === '' ? [] : [text(input, 'GroupId')];
};

const EC2_KINDS = {
  vpcs: 'vpc',
  subnets: 'subnet',
  securityGroups: 'security-group',
  instances: 'instance',
  networkInterfaces: 'network-interface',
} as const;

function ec2Resource(aws: LocalAws, id: string): Resource[] {
  for (const [kind, word] of Object.entries(EC2_KINDS) as [keyof typeof EC2_KINDS, string][]) {
    const found: { tags: Tags; vpcId?: string } | undefined = aws.state[kind].get(id);
    if (found === undefined) continue;
    const vpc = aws.arn('ec2', `vpc/${found.vpcId ?? id}`);
    return [{ arn: aws.arn('ec2', `${word}/${id}`), tags: found.tags, vpc }];
  }
  return [];
}

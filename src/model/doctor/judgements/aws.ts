import { reviewSubnets } from '../../subnets.ts';
import type { CheckName } from '../checks.ts';
import type { AwsFacts, DoctorFacts, SettingsFacts } from '../facts.ts';
import { type Finding, found, isSkipped, isWell } from '../finding.ts';
import { judgeActions, judgeGroups, judgeQuotas } from './account.ts';
import { wordsOf } from './words.ts';

const OF_AWS: readonly CheckName[] = ['credentials', 'vpc', 'iam', 'quotas', 'subnets', 'security-groups'];

const CREDENTIALS = {
  missing: 'CredentialsMissing',
  expired: 'CredentialsExpired',
  refused: 'CredentialsRefused',
  unreachable: 'AwsUnreachable',
} as const;

export function judgeAws(facts: DoctorFacts): Finding[] {
  const { aws, settings } = facts;
  if ('unknown' in aws) return OF_AWS.map((check) => isSkipped(check, 'AWS', aws.unknown));
  if (!('value' in settings)) return [];
  return [
    judgeCredentials(facts, aws.value),
    judgeVpc(facts, { aws: aws.value, settings: settings.value }),
    ...judgeActions(facts, aws.value),
    ...judgeQuotas(facts, aws.value),
    ...judgeSubnets(facts, { aws: aws.value, settings: settings.value }),
    ...judgeGroups(facts, aws.value),
  ];
}

function judgeCredentials(facts: DoctorFacts, { identity, endpoint }: AwsFacts): Finding {
  const object = 'AWS credentials';
  if ('value' in identity) return isWell('credentials', object, `are those of ${identity.value.arn}`);
  if ('unknown' in identity) return isSkipped('credentials', object, identity.unknown);
  const words = { ...wordsOf(facts), endpoint };
  return found(CREDENTIALS[identity.trouble], { object, message: identity.message, words });
}

type Asked = { aws: AwsFacts; settings: SettingsFacts };

function judgeVpc(facts: DoctorFacts, { aws, settings }: Asked): Finding {
  const object = `VPC ${settings.vpcId}`;
  if ('unknown' in aws.vpc) return isSkipped('vpc', object, aws.vpc.unknown);
  if (aws.vpc.value === 'there') return isWell('vpc', object, `is there in ${settings.region}`);
  const message = `there is none in ${settings.region}`;
  return found('VpcNotFound', { object, message, words: wordsOf(facts) });
}

const SCHEMES = ['internet-facing', 'internal'] as const;
const TAG = { 'internet-facing': 'kubernetes.io/role/elb', internal: 'kubernetes.io/role/internal-elb' } as const;

function judgeSubnets(facts: DoctorFacts, { aws, settings }: Asked): Finding[] {
  const { subnets } = aws;
  if ('unknown' in subnets) return [isSkipped('subnets', `VPC ${settings.vpcId}`, subnets.unknown)];
  const reviews = SCHEMES.map((scheme) => ({
    scheme,
    ...reviewSubnets(subnets.value, { scheme, ipAddressType: 'ipv4', clusterName: settings.clusterName }),
  }));
  const verdicts = reviews.map(({ scheme, wrong, subnets: each }): Finding => {
    const object = `VPC ${settings.vpcId}, ${scheme}`;
    const chosen = each.filter(({ rejections }) => rejections.length === 0).map(({ subnet }) => subnet.id);
    if (wrong === undefined) return isWell('subnets', object, `load balancers get ${chosen.join(', ')}`);
    const words = { ...wordsOf(facts), tag: TAG[scheme], subnets: 'SUBNET_IDS' };
    const isUsual = scheme === settings.defaultScheme;
    return found('NoSubnets', { object, message: wrong, words, ...(!isUsual && { level: 'warning' as const }) });
  });
  return [...verdicts, ...subnets.value.map(({ id }) => tellSubnet(id, reviews))];
}

type Reviews = ({ scheme: string } & ReturnType<typeof reviewSubnets>)[];

/** One line a subnet, with all that keeps it out of either scheme. */
function tellSubnet(id: string, reviews: Reviews): Finding {
  const told = reviews.map(({ scheme, subnets }) => {
    const { rejections = [] } = subnets.find(({ subnet }) => subnet.id === id) ?? {};
    return `${scheme}: ${rejections.length === 0 ? 'accepted' : rejections.join(', ')}`;
  });
  const zone = reviews.flatMap(({ subnets }) => subnets).find(({ subnet }) => subnet.id === id)?.subnet.zone ?? '';
  return isWell('subnets', `subnet ${id} (${zone})`, told.join('; '));
}

import type { LocalAws } from '../aws.ts';
import { AwsError, ElbError } from '../error.ts';
import type { ServiceName } from '../operation.ts';
import { askedBy } from './asked.ts';
import { type Decision, decide } from './evaluation.ts';
import { MAKES_ROLE } from './needs.ts';
import type { Asked, Policy } from './policy.ts';
import type { IamCall } from './resources.ts';

type Caller = { accessKeyId?: string | undefined };

/** Throws as AWS would where the caller's policy does not allow the call. Callers without a policy may do everything; anybody may ask who they are. */
export function authorize(aws: LocalAws, call: IamCall & Caller): void {
  const makesRole = MAKES_ROLE.has(`${call.service}:${call.action}`) && !aws.hasLoadBalancingRole;
  const policy = call.service === 'sts' ? undefined : policyFor(aws, call);
  if (policy !== undefined)
    for (const asked of [...askedBy(aws, call), ...(makesRole ? [askForRole(aws)] : [])]) check(policy, asked, call);
  if (makesRole) aws.hasLoadBalancingRole = true;
}

/** The policy with the longest prefix that the caller's access key begins with. */
export function policyFor({ settings }: LocalAws, { accessKeyId }: Caller): Policy | undefined {
  const prefixes = Object.keys(settings.policies).filter((prefix) => accessKeyId?.startsWith(prefix));
  const [longest] = prefixes.toSorted((a, b) => b.length - a.length);
  return longest === undefined ? undefined : settings.policies[longest];
}

const SERVICE = 'elasticloadbalancing.amazonaws.com';

function askForRole({ settings }: LocalAws): Asked {
  const role = `role/aws-service-role/${SERVICE}/AWSServiceRoleForElasticLoadBalancing`;
  return {
    action: 'iam:CreateServiceLinkedRole',
    resource: `arn:aws:iam::${settings.accountId}:${role}`,
    context: new Map([['iam:awsservicename', [SERVICE]]]),
  };
}

function check(policy: Policy, asked: Asked, { service, accessKeyId = '' }: IamCall & Caller): void {
  const decision = decide(policy, asked);
  if (decision !== 'allowed') throw denial(service, sentence(asked, accessKeyId, decision));
}

function sentence({ action, resource }: Asked, accessKeyId: string, decision: Decision): string {
  const why =
    decision === 'forbidden'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`;
  const on = resource === '*' ? '' : ` on resource: ${resource}`;
  return `The user with access key ${accessKeyId} is not authorized to perform: ${action}${on} ${why}`;
}

/** What each service answers: ELBv2 and EC2 in their XML, ACM in JSON. */
function denial(service: ServiceName, message: string): AwsError {
  if (service === 'ec2')
    return new AwsError('UnauthorizedOperation', `You are not authorized to perform this operation. ${message}`, 403);
  if (service === 'acm') return new AwsError('AccessDeniedException', message, 400);
  return new ElbError('AccessDenied', message, 403);
}

import type {
  Action,
  HealthCheck,
  LoadBalancer,
  RuleCondition,
  SecurityGroup,
  Tags,
  TargetGroup,
} from '../model/stack.ts';

/** One change, as data: the dry run, the log line, the Event and what `aws/apply` carries out. */
export type Step = {
  /** Unique within its plan. */
  id: string;
  /** Resource id: `load-balancer`, `security-group`, `target-group/<id>`, `listener/80`, `rule/80/3`. */
  resource: string;
  because: string;
  impact: Impact;
  /** Ids of the steps that must have succeeded before. All of them stand earlier in the plan. */
  needs: string[];
  /** Why it is not to be done now. Such a step, and what needs it, is shown and left undone. */
  hold?: string;
  /** When the hold ends by itself, in milliseconds, where that is known. */
  againMs?: number;
  operation: Operation;
};

type Impact = 'none' | 'in place' | `drains ${number}` | 'replaces' | 'DNS changes' | 'deletes';

/** A resource that is there, by ARN (by id in EC2), or one that an earlier step creates. */
export type Ref = { arn: string } | { step: string };

/** An action of the model whose forward targets are named by `Target`. */
export type ActionOn<Target> =
  | Exclude<Action, { type: 'forward' }>
  | { type: 'forward'; targets: { group: Target; weight: number }[]; stickinessSeconds?: number };
export type PlannedAction = ActionOn<Ref>;

export type IngressPermission = { port: number; cidr: string };
export type ListenerSettings = {
  port: number;
  protocol: 'HTTP' | 'HTTPS';
  sslPolicy?: string;
  /** The default certificate. */
  certificate?: string;
  defaultActions: PlannedAction[];
};
type TargetGroupSettings = Pick<
  TargetGroup,
  'name' | 'targetType' | 'protocol' | 'protocolVersion' | 'port' | 'ipAddressType' | 'healthCheck'
>;

/** One call to AWS each, told apart by `do`. */
export type Operation =
  | ({ do: 'createSecurityGroup'; vpcId: string; tags: Tags } & Pick<SecurityGroup, 'name' | 'description'>)
  | { do: 'ensureBackendSecurityGroup'; vpcId: string }
  | { do: 'authorizeIngress'; securityGroup: Ref; permissions: IngressPermission[] }
  | { do: 'revokeIngress'; securityGroup: Ref; permissions: IngressPermission[] }
  | { do: 'deleteSecurityGroup'; id: string }
  | ({ do: 'createLoadBalancer'; securityGroups: Ref[]; tags: Tags } & Pick<
      LoadBalancer,
      'name' | 'scheme' | 'ipAddressType' | 'subnets'
    >)
  | { do: 'setSubnets'; loadBalancer: Ref; subnets: string[] }
  | { do: 'setSecurityGroups'; loadBalancer: Ref; securityGroups: Ref[] }
  | { do: 'setIpAddressType'; loadBalancer: Ref; ipAddressType: LoadBalancer['ipAddressType'] }
  | { do: 'modifyLoadBalancerAttributes'; loadBalancer: Ref; attributes: Record<string, string> }
  | { do: 'deleteLoadBalancer'; arn: string }
  | { do: 'createTargetGroup'; vpcId: string; settings: TargetGroupSettings; tags: Tags }
  | { do: 'modifyTargetGroup'; targetGroup: Ref; healthCheck: HealthCheck }
  | { do: 'modifyTargetGroupAttributes'; targetGroup: Ref; attributes: Record<string, string> }
  | { do: 'deleteTargetGroup'; arn: string }
  | { do: 'createListener'; loadBalancer: Ref; settings: ListenerSettings; tags: Tags }
  | { do: 'modifyListener'; listener: Ref; settings: ListenerSettings }
  | { do: 'addCertificate'; listener: Ref; certificate: string }
  | { do: 'removeCertificate'; listener: Ref; certificate: string }
  | { do: 'deleteListener'; arn: string }
  | {
      do: 'createRule';
      listener: Ref;
      priority: number;
      conditions: RuleCondition[];
      actions: PlannedAction[];
      tags: Tags;
    }
  | { do: 'modifyRule'; rule: Ref; conditions?: RuleCondition[]; actions?: PlannedAction[] }
  | { do: 'setRulePriorities'; priorities: { rule: Ref; priority: number }[] }
  | { do: 'deleteRule'; arn: string }
  | { do: 'addTags'; api: 'elb' | 'ec2'; resources: Ref[]; tags: Tags };

/** The operations that destroy something: they pass a guard before they run. */
const DESTRUCTIVE = [
  'deleteLoadBalancer',
  'deleteTargetGroup',
  'deleteListener',
  'deleteRule',
  'deleteSecurityGroup',
] as const;
export type Destructive = Extract<Operation, { do: (typeof DESTRUCTIVE)[number] }>;

/** Whether the guard has to let it through. */
export function isDestructive(operation: Operation): operation is Destructive {
  return (DESTRUCTIVE as readonly string[]).includes(operation.do);
}

/** What a step refers to, directly. */
export function refsOf(operation: Operation): Ref[] {
  const refs: Ref[] = [];
  collectRefs(operation, refs);
  return refs;
}

function collectRefs(value: unknown, into: Ref[]): void {
  if (typeof value !== 'object' || value === null) return;
  if (isRef(value)) into.push(value);
  else for (const part of Object.values(value)) collectRefs(part, into);
}

function isRef(value: object): value is Ref {
  const keys = Object.keys(value);
  return keys.length === 1 && (keys[0] === 'step' || keys[0] === 'arn');
}

/** The ids of the steps among `refs`. */
export function stepsOf(refs: readonly Ref[]): string[] {
  return [...new Set(refs.flatMap((ref) => ('step' in ref ? [ref.step] : [])))];
}

/** The groups an action list forwards to. */
export function groupsOf<Target>(actions: readonly ActionOn<Target>[]): Target[] {
  return actions.flatMap((action) => (action.type === 'forward' ? action.targets.map((target) => target.group) : []));
}

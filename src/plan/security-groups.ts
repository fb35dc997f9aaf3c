import type { SecurityGroup } from '../model/stack.ts';
import { type Draft, STEP, securityGroupRef } from './draft.ts';
import { missingEntries } from './equality.ts';
import type { ObservedIngress, ObservedSecurityGroup } from './observed.ts';
import type { IngressPermission, Step } from './step.ts';

/** How each rule of ours in a security group is described; rules described otherwise are never revoked. */
export const RULE_DESCRIPTION = 'podwire.dev/frontend';
const RESOURCE = 'security-group';

/** The backend security group and the frontend one: created first, their rules added before others are removed. */
export function planSecurityGroups(draft: Draft): Step[] {
  const { wanted, securityGroup } = draft;
  const backend = planBackend(draft);
  if (!wanted.securityGroup) return backend;
  if (!securityGroup) return [...backend, ...planNew(draft, wanted.securityGroup)];
  return [...backend, ...planChange(draft, wanted.securityGroup, securityGroup)];
}

function planBackend({ wanted, observed }: Draft): Step[] {
  if (!wanted.loadBalancer.attachBackendSecurityGroup || observed.backendSecurityGroup) return [];
  return [
    {
      id: STEP.backendSecurityGroup,
      resource: 'backend-security-group',
      because: 'the cluster has no backend security group yet, and nodes and pods are to admit its traffic only',
      impact: 'none',
      needs: [],
      operation: { do: 'ensureBackendSecurityGroup', vpcId: wanted.vpcId },
    },
  ];
}

function planNew(draft: Draft, { name, description, tags, ingress }: SecurityGroup): Step[] {
  const create: Step = {
    id: STEP.securityGroup,
    resource: RESOURCE,
    because: 'the load balancer needs a security group of its own',
    impact: 'none',
    needs: [],
    operation: { do: 'createSecurityGroup', name, description, vpcId: draft.wanted.vpcId, tags },
  };
  return [create, ...planAuthorize(draft, ingress)];
}

function planChange(draft: Draft, wanted: SecurityGroup, observed: ObservedSecurityGroup): Step[] {
  const added = planAuthorize(
    draft,
    wanted.ingress.filter((permission) => !observed.ingress.some(grants(permission))),
  );
  const surplus = observed.ingress.filter(
    (rule) => isOurs(rule) && !wanted.ingress.some((permission) => grants(permission)(rule)),
  );
  return [...added, ...planRevoke(draft, surplus, added), ...planTags(draft, wanted, observed)];
}

const isOurs = (rule: ObservedIngress): boolean =>
  rule.description === RULE_DESCRIPTION && rule.fromPort === rule.toPort;

const grants =
  ({ port, cidr }: IngressPermission) =>
  (rule: ObservedIngress): boolean =>
    rule.fromPort === port && rule.toPort === port && rule.cidr === cidr;

function planAuthorize(draft: Draft, permissions: IngressPermission[]): Step[] {
  if (permissions.length === 0) return [];
  const ref = securityGroupRef(draft);
  return [
    {
      id: STEP.authorize,
      resource: RESOURCE,
      because: `clients are to reach ${textOf(permissions)}`,
      impact: 'none',
      needs: 'step' in ref ? [ref.step] : [],
      operation: { do: 'authorizeIngress', securityGroup: ref, permissions },
    },
  ];
}

function planRevoke(draft: Draft, rules: ObservedIngress[], after: Step[]): Step[] {
  if (rules.length === 0) return [];
  const permissions = rules.map(({ toPort, cidr }) => ({ port: toPort, cidr }));
  return [
    {
      id: 'revoke security-group',
      resource: RESOURCE,
      because: `clients are no longer to reach ${textOf(permissions)}`,
      impact: 'in place',
      needs: after.map((step) => step.id),
      operation: { do: 'revokeIngress', securityGroup: securityGroupRef(draft), permissions },
    },
  ];
}

function planTags(draft: Draft, wanted: SecurityGroup, observed: ObservedSecurityGroup): Step[] {
  const tags = missingEntries(wanted.tags, observed.tags);
  if (Object.keys(tags).length === 0) return [];
  return [
    {
      id: 'tag security-group',
      resource: RESOURCE,
      because: `the tags ${Object.keys(tags).join(', ')} differ`,
      impact: 'none',
      needs: [],
      operation: { do: 'addTags', api: 'ec2', resources: [securityGroupRef(draft)], tags },
    },
  ];
}

function textOf(permissions: readonly IngressPermission[]): string {
  return permissions.map(({ port, cidr }) => `port ${port} from ${cidr}`).join(', ');
}

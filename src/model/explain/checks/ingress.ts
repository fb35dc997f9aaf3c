import {
  type Condition,
  type Ingress,
  keyOf,
  type LoadBalancerObject,
  type MemberStatus,
} from '../../../cluster/objects.ts';
import { nearest } from '../../../nearest.ts';
import { classify } from '../../group.ts';
import type { WayFacts } from '../facts.ts';
import { type Finding, found } from '../findings.ts';

/** What keeps an Ingress from being served at all, as far as the cluster tells. */
export function checkIngresses(facts: WayFacts): Finding[] {
  const exposed = facts.ingresses.flatMap((ingress) => checkIngress(ingress, facts));
  return [...exposed, ...checkExposed(facts)];
}

function checkIngress(ingress: Ingress, facts: WayFacts): Finding[] {
  const secrets = checkSecrets(ingress, facts);
  const wrongClass = checkClass(ingress, facts);
  if (wrongClass !== undefined) return [wrongClass, ...secrets];
  const ledger = ledgerOf(ingress, facts.ledgers);
  if (ledger === undefined) return [...secrets, notTakenUp(ingress)];
  const refusal = refusalOf(ingress, ledger.member, facts);
  return [...secrets, ...(refusal ?? checkApplied(ingress, ledger.object))];
}

type Membership = { object: LoadBalancerObject; member: MemberStatus };

/** The ledger that has the Ingress as a member, and what it says of it. */
export function ledgerOf({ uid }: Ingress, ledgers: readonly LoadBalancerObject[]): Membership | undefined {
  return ledgers
    .flatMap((object) => (object.status.members ?? []).map((member) => ({ object, member })))
    .find(({ member }) => member.uid === uid);
}

const nameOf = (ingress: Ingress): string => `Ingress ${keyOf(ingress)}`;

function checkClass(ingress: Ingress, { classes, controllerId }: WayFacts): Finding | undefined {
  const verdict = classify(ingress, classes, { controllerId });
  if (verdict.ours) return undefined;
  if (verdict.reason !== 'UnknownClass') return found('ClassNotOurs', `${nameOf(ingress)}: ${verdict.message}`);
  const name = ingress.annotations['kubernetes.io/ingress.class'] ?? ingress.className ?? '';
  const near = nearest(
    name,
    classes.map((one) => one.name),
  );
  const hint = near === undefined ? '' : `; did you mean "${near}"?`;
  return found('ClassNotFound', `${nameOf(ingress)}: there is no IngressClass "${name}"${hint}`);
}

const checkSecrets = (ingress: Ingress, { secrets }: WayFacts): Finding[] =>
  secrets
    .filter((one) => one.ingress === ingress.name && one.state === 'missing')
    .map(({ annotation, namespace, name }) =>
      found(
        'SecretNotFound',
        `${nameOf(ingress)}: annotation ${annotation} names Secret ${namespace}/${name}, which does not exist`,
      ),
    );

const notTakenUp = (ingress: Ingress): Finding =>
  found('NotTakenUp', `${nameOf(ingress)}: no LoadBalancer object has it as a member; nothing was done for it yet`);

/** Undefined where it is accepted. */
function refusalOf(
  ingress: Ingress,
  { accepted, reason, message }: MemberStatus,
  facts: WayFacts,
): Finding[] | undefined {
  if (accepted) return undefined;
  if (reason === 'SubnetsNotFound') return [subnetsMissing(ingress, message)];
  if (reason === 'NoNodePort')
    return facts.services.flatMap((service) => withoutNodePort(ingress, { facts, ...service }));
  return [found('IngressRefused', `${nameOf(ingress)}: ${reason}: ${withoutField(message)}`, { more: message })];
}

function withoutNodePort(
  ingress: Ingress,
  { name, namespace, type, facts }: { name: string; namespace: string; type: string; facts: WayFacts },
): Finding[] {
  if (!facts.backends.includes(name) || type !== 'ClusterIP') return [];
  const needs = 'target type instance needs a node port';
  return [found('NoNodePort', `${nameOf(ingress)}: ${needs}, and Service ${namespace}/${name} is of type ${type}`)];
}

/** The first sentence; what each subnet lacks is more of it. */
function subnetsMissing(ingress: Ingress, message: string): Finding {
  const [first = '', ...rest] = withoutField(message).split(/\. (?=Of \d|The VPC)/);
  return found('NoSubnet', `${nameOf(ingress)}: ${first}`, rest.length > 0 ? { more: rest.join('. ') } : {});
}

/** Messages begin with the field they are about. */
const withoutField = (message: string): string => message.replace(/^\S+ \S+ \S+: /, '');

function checkApplied(ingress: Ingress, { status }: LoadBalancerObject): Finding[] {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  // That another Ingress of the load balancer is refused keeps nothing of this one's back.
  if (ready?.status !== 'False' || ready.reason === 'MemberRefused') return [];
  return [whyNotApplied(ingress, ready)];
}

function whyNotApplied(ingress: Ingress, { reason, message }: Condition): Finding {
  const of = nameOf(ingress);
  const action = /\b(?:elasticloadbalancing|ec2):[A-Za-z]+/.exec(message)?.[0] ?? 'a call';
  const code = /\(AWS [^,]+, (\w+)\)/.exec(message)?.[1] ?? '';
  const more = { more: message };
  if (reason === 'SubnetsNotFound') return subnetsMissing(ingress, message);
  if (reason === 'AccessDenied') return found('AccessDenied', `${of}: the operator has no right to ${action}`, more);
  if (reason === 'Throttled') return found('Throttled', `${of}: AWS throttles ${action}`, more);
  if (/^TooMany|LimitExceeded$/.test(code))
    return found('QuotaReached', `${of}: ${action} is refused with ${code}`, more);
  return found('NotApplied', `${of}: ${reason}: ${message}`);
}

function checkExposed({ subject, ingresses, groups }: WayFacts): Finding[] {
  if (subject.kind === 'ingress' || ingresses.length > 0 || groups.length > 0) return [];
  const message = `no Ingress names a Service that leads to ${subject.kind} ${subject.namespace}/${subject.name}`;
  return [found('NotExposed', message)];
}

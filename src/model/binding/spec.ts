import type { PortRef } from '../../cluster/objects.ts';
import { isRefused, refused, warning } from '../problem.ts';
import type { Problem } from '../stack.ts';
import { FieldReader } from './fields.ts';

/** What a TargetGroupBinding asks for, with the peer's names of its fields beside each. */
export type BindingSpec = {
  service: { name: string; port: PortRef }; // serviceRef
  arn?: string; // targetGroupARN
  groupName?: string; // targetGroupName
  targetType?: 'ip' | 'instance';
  ipAddressType?: 'ipv4' | 'ipv6';
  vpcId?: string; // vpcID
  nodeSelector?: Record<string, string>; // nodeSelector.matchLabels
  /** The security group that `networking` lets in; the rules toward nodes and pods are ours then. */
  source?: string;
};

const FIELDS = [
  'serviceRef',
  'targetGroupARN',
  'targetGroupName',
  'targetType',
  'ipAddressType',
  'vpcID',
  'nodeSelector',
  'networking',
  'multiClusterTargetGroup',
  'targetGroupProtocol',
  'iamRoleArnToAssume',
  'assumeRoleExternalId',
] as const;

/** Reads the spec of a TargetGroupBinding (elbv2.k8s.aws/v1beta1). No spec where it cannot be served as it stands. Pure. */
export function readBinding(raw: unknown): { spec?: BindingSpec; problems: Problem[] } {
  const fields = new FieldReader(raw, 'spec');
  const { problems } = fields;
  fields.known(FIELDS);
  refuseUnserved(fields);
  const service = readService(fields.part('serviceRef'));
  const [arn, groupName] = [fields.text('targetGroupARN'), fields.text('targetGroupName')];
  if (arn === undefined && groupName === undefined)
    fields.wrong('targetGroupARN', 'the ARN of a target group, or its name in targetGroupName', undefined);
  const rest = given({
    arn,
    groupName,
    targetType: fields.oneOf('targetType', ['ip', 'instance']),
    ipAddressType: fields.oneOf('ipAddressType', ['ipv4', 'ipv6']),
    vpcId: fields.text('vpcID'),
    nodeSelector: readSelector(fields.part('nodeSelector')),
    source: readNetworking(fields),
  });
  return service === undefined || isRefused(problems) ? { problems } : { spec: { service, ...rest }, problems };
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

const given = <T extends object>(values: T): Given<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;

/** What would do harm if it were passed over. */
function refuseUnserved(fields: FieldReader): void {
  const refuse = (name: string, message: string): void =>
    void fields.problems.push(refused({ reason: 'NotServed', field: fields.at(name), message }));
  if (fields.flag('multiClusterTargetGroup') === true)
    refuse(
      'multiClusterTargetGroup',
      'wanted false, since targets of other clusters would be taken for ended pods; given true',
    );
  if (fields.raw('iamRoleArnToAssume') !== undefined)
    refuse('iamRoleArnToAssume', 'wanted a target group of this account; given a role of another one');
}

function readService(ref: FieldReader): BindingSpec['service'] | undefined {
  ref.known(['name', 'port']);
  const name = ref.text('name');
  const port = ref.raw('port');
  if (ref.raw('name') === undefined) ref.wrong('name', 'the name of a Service', undefined);
  if (typeof port === 'string' && port !== '' && name !== undefined) return { name, port: { name: port } };
  if (Number.isInteger(port) && name !== undefined) return { name, port: { number: port as number } };
  if (typeof port !== 'string' && !Number.isInteger(port))
    ref.wrong('port', 'the name or number of a Service port', port);
  return undefined;
}

function readSelector(selector: FieldReader): Record<string, string> | undefined {
  const expressions = selector.list('matchExpressions');
  if (expressions.length > 0) selector.wrong('matchExpressions', 'matchLabels alone', expressions);
  return selector.map('matchLabels');
}

const TCP_ALONE = [undefined, 'TCP'];

/** Of its rules those from one security group are written; of all others it is said that they are not. */
function readNetworking(fields: FieldReader): string | undefined {
  const networking = fields.raw('networking');
  if (networking === undefined) return undefined;
  const reader = fields.part('networking');
  const rules = reader
    .list('ingress')
    .map((rule) => new FieldReader(rule, fields.at('networking.ingress'), fields.problems));
  const sources = rules.flatMap((rule) => rule.list('from')).map(groupOf);
  const protocols = rules
    .flatMap((rule) => rule.list('ports'))
    .map((port) => (port as { protocol?: string })?.protocol);
  const [source, ...others] = new Set(sources);
  if (rules.length === 0) return undefined;
  if (source !== undefined && others.length === 0 && protocols.every((one) => TCP_ALONE.includes(one))) return source;
  const message = `wanted rules for TCP from one security group, which Podwire writes; these are yours to write; given ${JSON.stringify(networking)}`;
  fields.problems.push(warning({ reason: 'NotActedOn', field: fields.at('networking'), message }));
  return undefined;
}

const groupOf = (peer: unknown): string | undefined =>
  (peer as { securityGroup?: { groupID?: string } } | null)?.securityGroup?.groupID;

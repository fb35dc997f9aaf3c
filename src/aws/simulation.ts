import { type ClientSettings, clientConfig } from './clients.ts';
import { translateError } from './errors.ts';
import type { Identity } from './identity.ts';
import { conditionOf, type Partition, type PolicyRequest, RESOURCES } from './policy.ts';
import type { Right } from './rights.ts';
import { type ResourceKind, type Sid, STATEMENTS } from './rights/statements.ts';
import { IAMClient, SimulatePrincipalPolicyCommand } from './sdk/iam.ts';

/** One question to the simulator: actions on a resource that need not exist, with the keys that conditions look at. */
export type Simulation = {
  statement: Sid;
  actions: string[];
  resource: string;
  context: { key: string; values: string[] }[];
};

/** Whether each action is allowed, by its name. */
type Simulated = Map<string, boolean>;

/** Questions that decide of the rows: one for each statement and kind of resource. */
export function simulationsOf(rights: readonly Right[], request: PolicyRequest): Simulation[] {
  const byPlace = Map.groupBy(
    rights.flatMap((right) => kindsOf(right).map((kind) => ({ right, kind }))),
    ({ right, kind }) => `${right.statement} ${kind}`,
  );
  return [...byPlace.values()].flatMap((rows) => {
    const [first] = rows;
    if (first === undefined) return [];
    const actions = [...new Set(rows.map(({ right }) => right.action))];
    const { right, kind } = first;
    const place = { statement: right.statement, resource: resourceOf(kind, request) };
    return [{ ...place, actions, context: contextOf(right, request) }];
  });
}

type Kind = ResourceKind | '*';

const kindsOf = ({ on }: Right): readonly Kind[] => (on.length === 0 ? ['*'] : on);

const resourceOf = (kind: Kind, request: PolicyRequest): string =>
  kind === '*' ? '*' : RESOURCES[kind](request).replaceAll('*', 'podwire-doctor');

/** A value for every key that our policy compares with one. */
function contextOf({ statement }: Right, request: PolicyRequest): Simulation['context'] {
  const conditions = conditionOf(STATEMENTS[statement].asks, request);
  return ['StringEquals', 'ArnLike'].flatMap((operator) =>
    Object.entries(conditions[operator] ?? {}).map(([key, value]) => ({ key, values: [value].flat().slice(0, 1) })),
  );
}

/** Whose policy is simulated: of an assumed role the role; undefined for the root of the account, which may do everything. */
export function principalOf({ arn }: Identity): string | undefined {
  const [, partition, account, role] = /^arn:([^:]+):sts::(\d+):assumed-role\/([^/]+)\//.exec(arn) ?? [];
  if (role !== undefined) return `arn:${partition}:iam::${account}:role/${role}`;
  return arn.endsWith(':root') ? undefined : arn;
}

export const partitionOf = ({ arn }: Identity): Partition => (arn.split(':')[1] ?? 'aws') as Partition;

/** Asks IAM what the policies of the principal say. Throws one of the errors of `errors.ts`. */
export async function simulate(
  settings: ClientSettings,
  principal: string,
  { actions, resource, context }: Simulation,
): Promise<Simulated> {
  const client = new IAMClient(clientConfig(settings));
  const command = new SimulatePrincipalPolicyCommand({
    PolicySourceArn: principal,
    ActionNames: actions,
    ResourceArns: [resource],
    ContextEntries: context.map(({ key, values }) => ({
      ContextKeyName: key,
      ContextKeyValues: values,
      ContextKeyType: 'string',
    })),
  });
  try {
    const { EvaluationResults = [] } = await client.send(command);
    return new Map(
      EvaluationResults.map(({ EvalActionName = '', EvalDecision }) => [EvalActionName, EvalDecision === 'allowed']),
    );
  } catch (error) {
    throw translateError(error, 'iam:SimulatePrincipalPolicy');
  }
}

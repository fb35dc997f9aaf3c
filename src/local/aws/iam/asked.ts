import type { LocalAws } from '../aws.ts';
import { NEEDS, UNTAGGED } from './needs.ts';
import type { Asked } from './policy.ts';
import { type IamCall, type Input, type Resource, resourcesOf, taggedBy } from './resources.ts';

type Context = Map<string, string[]>;
type Tagged = { Key?: string; Value?: string }[];

/**
 * Every permission that AWS asks for when it gets this call: the action of each resource, that of tagging what is created with
 * tags, and what else the caller needs. Nothing for resources that are not there: their absence is what is answered.
 */
export function askedBy(aws: LocalAws, call: IamCall): Asked[] {
  const action = `${call.service}:${call.action}`;
  const tags = requestTags(call);
  const request = requestContext(tags);
  const own = resourcesOf(aws, call).map((resource) => ask(action, resource, resource.bystander ? new Map() : request));
  const needed = (NEEDS[action] ?? []).map((one) => ask(one, { arn: '*' }, new Map()));
  const tagging = tags.length === 0 ? undefined : taggedBy(aws, call);
  if (tagging === undefined) return [...own, ...needed];
  const creation = new Map(request).set(`${call.service}:createaction`, [call.action]);
  return [...own, ask(tagging.action, { arn: tagging.arn }, creation), ...needed];
}

function ask(action: string, { arn, tags = {}, vpc }: Resource, request: Context): Asked {
  const service = action.split(':')[0] ?? '';
  const context = new Map(request);
  for (const [key, value] of UNTAGGED.has(action) ? [] : Object.entries(tags)) {
    context.set(`aws:resourcetag/${key}`.toLowerCase(), [value]);
    context.set(`${service}:resourcetag/${key}`.toLowerCase(), [value]);
  }
  if (vpc !== undefined) context.set('ec2:vpc', [vpc]);
  return { action, resource: arn, context };
}

/** The tags that a call gives or takes; of those it takes by key there is no value. */
function requestTags({ input }: IamCall): Tagged {
  const specified = listIn<{ Tags?: Tagged }>(input, 'TagSpecifications').flatMap(({ Tags = [] }) => Tags);
  const keys = listIn<string>(input, 'TagKeys').map((Key) => ({ Key }));
  return [...listIn<Tagged[number]>(input, 'Tags'), ...specified, ...keys];
}

const listIn = <T>(input: Input, member: string): T[] => (Array.isArray(input[member]) ? (input[member] as T[]) : []);

function requestContext(tags: Tagged): Context {
  const context: Context = new Map();
  if (tags.length > 0)
    context.set(
      'aws:tagkeys',
      tags.map(({ Key = '' }) => Key),
    );
  for (const { Key = '', Value } of tags)
    if (Value !== undefined) context.set(`aws:requesttag/${Key}`.toLowerCase(), [Value]);
  return context;
}

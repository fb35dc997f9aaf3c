import type {
  CreateTagsRequest,
  DeleteTagsRequest,
  DescribeTagsRequest,
  ResourceType,
  Tag,
  TagSpecification,
} from '@aws-sdk/client-ec2';
import type { LocalAws } from '../aws.ts';
import { AwsError } from '../error.ts';
import type { SecurityGroupRule, Tags } from '../state.ts';
import { ec2Page, filtered } from './filters.ts';

/** The tags that a create call gives to resources of one type. */
export function specifiedTags(specifications: TagSpecification[] | undefined, type: ResourceType): Tags {
  const tags = (specifications ?? [])
    .filter(({ ResourceType }) => ResourceType === type)
    .flatMap(({ Tags = [] }) => Tags);
  return checkedTags(tags);
}

const MOST_TAGS = 50;

function checkedTags(tags: Tag[], present: Tags = {}): Tags {
  const keys = tags.map(({ Key }) => Key ?? '');
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw new AwsError('InvalidParameterValue', `Duplicate tag key '${twice}' specified.`);
  const reserved = keys.find((key) => /^aws:/i.test(key) || key === '' || key.length > 127);
  if (reserved !== undefined)
    throw new AwsError(
      'InvalidParameterValue',
      `Tag key '${reserved}' is not valid: 1 to 127 characters, not beginning with aws:`,
    );
  const merged = { ...present, ...Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value])) };
  if (Object.keys(merged).length > MOST_TAGS)
    throw new AwsError('TagLimitExceeded', `The maximum number of tags for a resource, ${MOST_TAGS}, has been reached`);
  return merged;
}

type Taggable = { type: ResourceType; tags: Tags };

function taggables(aws: LocalAws): Map<string, Taggable> {
  const { vpcs, subnets, routeTables, internetGateways, securityGroups, instances, networkInterfaces } = aws.state;
  const kinds: [ResourceType, Map<string, { tags: Tags }>][] = [
    ['vpc', vpcs],
    ['subnet', subnets],
    ['route-table', routeTables],
    ['internet-gateway', internetGateways],
    ['security-group', securityGroups],
    ['security-group-rule', allRules(aws)],
    ['instance', instances],
    ['network-interface', networkInterfaces],
  ];
  return new Map(kinds.flatMap(([type, held]) => [...held].map(([id, { tags }]) => [id, { type, tags }] as const)));
}

function allRules(aws: LocalAws): Map<string, SecurityGroupRule> {
  return new Map(
    [...aws.state.securityGroups.values()].flatMap((group) => group.rules.map((rule) => [rule.id, rule] as const)),
  );
}

function resourcesOf(aws: LocalAws, ids: string[] | undefined): Taggable[] {
  const known = taggables(aws);
  return (ids ?? []).map((id) => {
    const found = known.get(id);
    if (found) return found;
    throw new AwsError('InvalidID', `The ID '${id}' is not valid`);
  });
}

export function createTags(aws: LocalAws, input: CreateTagsRequest): object {
  const resources = resourcesOf(aws, input.Resources);
  const next = resources.map(({ tags }) => checkedTags(input.Tags ?? [], tags));
  resources.forEach(({ tags }, index) => Object.assign(tags, next[index]));
  for (const id of input.Resources ?? []) aws.changed('network', id);
  return {};
}

/** Takes tags away: all of them without Tags, and with a value only where the value is the same. */
export function deleteTags(aws: LocalAws, input: DeleteTagsRequest): object {
  for (const { tags } of resourcesOf(aws, input.Resources)) {
    const doomed = input.Tags ?? Object.keys(tags).map((Key) => ({ Key }) as Tag);
    for (const { Key = '', Value } of doomed) if (Value === undefined || tags[Key] === Value) delete tags[Key];
  }
  for (const id of input.Resources ?? []) aws.changed('network', id);
  return {};
}

export function describeTags(aws: LocalAws, input: DescribeTagsRequest) {
  const all = [...taggables(aws)].flatMap(([id, { type, tags }]) =>
    Object.entries(tags).map(([key, value]) => ({ id, type, key, value, tags: { [key]: value } })),
  );
  const found = filtered(all, input.Filters, {
    'resource-id': (tag) => [tag.id],
    'resource-type': (tag) => [tag.type],
    key: (tag) => [tag.key],
    value: (tag) => [tag.value],
  });
  const { items, ...next } = ec2Page(found, input);
  return {
    Tags: items.map(({ id, type, key, value }) => ({ ResourceId: id, ResourceType: type, Key: key, Value: value })),
    ...next,
  };
}

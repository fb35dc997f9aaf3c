import type { AddTagsInput, DescribeTagsInput, RemoveTagsInput, Tag } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { LocalAws } from '../aws.ts';
import { ElbError, validationError } from '../error.ts';
import type { Tags } from '../state.ts';
import { listenerOf, loadBalancerOf, ruleOf, targetGroupOf } from './lookup.ts';
import { toPairs } from '../pairs.ts';

const MOST_TAGS = 50;
const MOST_ARNS = 20;
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** The tags of a create or add call, checked, on top of those a resource has. */
export function withTags(tags: Tag[] | undefined, present: Tags = {}): Tags {
  const keys = (tags ?? []).map((tag) => tag.Key ?? '');
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw new ElbError('DuplicateTagKeys', `Duplicate tag keys found: '${twice}'`);
  for (const tag of tags ?? []) checkTag(tag);
  const merged = { ...present, ...Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])) };
  if (Object.keys(merged).length > MOST_TAGS)
    throw new ElbError(
      'TooManyTags',
      `The quota for the number of tags, ${MOST_TAGS}, has been reached for this resource`,
    );
  return merged;
}

function checkTag({ Key: key = '', Value: value = '' }: Tag): void {
  if (key.length < 1 || key.length > 128)
    throw validationError(`Tag key '${key}' must have between 1 and 128 characters`);
  if (value.length > 256) throw validationError(`Value of tag '${key}' must have at most 256 characters`);
  if (!TAG_TEXT.test(key) || !TAG_TEXT.test(value))
    throw validationError(`Tag '${key}' = '${value}' has characters other than letters, digits, spaces and _.:/=+-@`);
  if (/^aws:/i.test(key)) throw validationError(`Tag key '${key}' must not begin with 'aws:'`);
}

function tagged(aws: LocalAws, arn: string): { tags: Tags } {
  const resource = arn.split(':')[5]?.split('/')[0];
  if (resource === 'targetgroup') return targetGroupOf(aws, arn);
  if (resource === 'listener') return listenerOf(aws, arn);
  if (resource === 'listener-rule') return ruleOf(aws, arn);
  return loadBalancerOf(aws, arn);
}

export function addTags(aws: LocalAws, input: AddTagsInput): object {
  const resources = (input.ResourceArns ?? []).map((arn) => tagged(aws, arn));
  const next = resources.map((resource) => withTags(input.Tags, resource.tags));
  resources.forEach((resource, index) => Object.assign(resource.tags, next[index]));
  return {};
}

export function removeTags(aws: LocalAws, input: RemoveTagsInput): object {
  for (const resource of (input.ResourceArns ?? []).map((arn) => tagged(aws, arn)))
    for (const key of input.TagKeys ?? []) delete resource.tags[key];
  return {};
}

export function describeTags(aws: LocalAws, input: DescribeTagsInput) {
  const arns = input.ResourceArns ?? [];
  if (arns.length > MOST_ARNS)
    throw validationError(`At most ${MOST_ARNS} resource ARNs can be described, ${arns.length} were given`);
  const TagDescriptions = arns.map((arn) => ({ ResourceArn: arn, Tags: toPairs(tagged(aws, arn).tags) }));
  return { TagDescriptions };
}

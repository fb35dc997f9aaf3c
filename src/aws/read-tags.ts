import { Gone } from '../errors.ts';
import type { Tags } from '../model/stack.ts';
import type { ElbApi } from './api.ts';
import { chunk } from './pages.ts';
import { fromPairs } from './pairs.ts';

/** AWS: DescribeTags takes at most 20 ARNs. */
const ARNS_PER_CALL = 20;

/** The tags of ELBv2 resources by ARN, from AWS itself; those that are gone are missing. */
export async function readTags(elb: ElbApi, arns: readonly string[]): Promise<Map<string, Tags>> {
  const parts = await Promise.all(chunk(arns, ARNS_PER_CALL).map((part) => readPart(elb, part)));
  return new Map(parts.flat());
}

/** One that is gone fails the call for all of its part: they are asked for one by one then. */
async function readPart(elb: ElbApi, arns: string[]): Promise<[string, Tags][]> {
  try {
    const { TagDescriptions } = await elb.describeTags({ ResourceArns: arns });
    return (TagDescriptions ?? []).map(({ ResourceArn, Tags }) => [ResourceArn ?? '', fromPairs(Tags)]);
  } catch (error) {
    if (!(error instanceof Gone)) throw error;
    if (arns.length === 1) return [];
    return (await Promise.all(arns.map((arn) => readPart(elb, [arn])))).flat();
  }
}

import { chunk } from '../pages.ts';
import type { Operations } from './run.ts';
import { toPairs } from '../pairs.ts';

/** AWS: at most 20 resources a call. */
const RESOURCES_PER_CALL = 20;

export const TAG_OPERATIONS: Operations<'addTags'> = {
  addTags: async ({ api, resources, tags }, { account, resolve }) => {
    const arns = resources.map(resolve);
    const Tags = toPairs(tags);
    if (api === 'ec2') await account.ec2.createTags({ Resources: arns, Tags });
    else for (const part of chunk(arns, RESOURCES_PER_CALL)) await account.elb.addTags({ ResourceArns: part, Tags });
    for (const arn of arns) account.inventory.tagged(arn, tags);
    return undefined;
  },
};

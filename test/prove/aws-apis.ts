import type { Ec2Api, ElbApi } from '../../src/aws/api.ts';
import { REGION } from '../../src/local/vpc.ts';
import { openApis } from '../endpoints/region.ts';
import type { ProofWorld } from './world.ts';

/** What somebody does by hand in AWS. */
export const apisOf = ({ aws }: Pick<ProofWorld, 'aws'>): { elb: ElbApi; ec2: Ec2Api } =>
  openApis({ url: aws.url, region: REGION });

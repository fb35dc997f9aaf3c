import type { Ec2Api, ElbApi } from '../../src/aws/api.ts';
import { createEc2Api, createElbApi } from '../../src/aws/clients.ts';
import { SETTINGS } from '../../src/local/aws/settings.ts';
import type { ProofWorld } from './world.ts';

/** What somebody does by hand in AWS. */
export function apisOf({ aws }: Pick<ProofWorld, 'aws'>): { elb: ElbApi; ec2: Ec2Api } {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const settings = { region: SETTINGS.region.value, endpoint: aws.url, credentials };
  return { elb: createElbApi(settings), ec2: createEc2Api(settings) };
}

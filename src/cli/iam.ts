import { LONGEST_POLICY, PARTITIONS, policyOf } from '../aws/policy.ts';
import { FEATURE_NAMES } from '../aws/rights/features.ts';
import type { Command } from './command.ts';
import { FORMATS, writePolicy } from './iam/formats.ts';
import { OPTIONS, readRequest } from './iam/request.ts';

export const command: Command = {
  summary: 'Prints the least that AWS has to allow the operator of one cluster.',
  usage:
    'podwire iam --cluster-name NAME [--controller-id ID] [--vpc-id VPC] [--region REGION] [--account ID] [--partition aws|aws-cn|aws-us-gov]\n' +
    '              [--features usual|all|NAME,NAME…] [-o json|terraform|cloudformation]',
  examples: [
    'podwire iam --cluster-name demo --vpc-id vpc-0a1b2c3d4e5f60718 > policy.json',
    'podwire iam --cluster-name demo --features targets,node-access',
    'podwire iam --cluster-name demo --features usual,bindings -o terraform > podwire.tf',
    'podwire iam --cluster-name demo --partition aws-cn --region cn-north-1 -o cloudformation > podwire.yaml',
  ],
  options: OPTIONS,
  values: { partition: PARTITIONS, output: FORMATS, features: ['usual', 'all', ...FEATURE_NAMES] },
  async run(args, { env, out, tell }) {
    const request = readRequest(args, env);
    if ('problems' in request) {
      for (const problem of request.problems) tell(problem);
      return 2;
    }
    const { policy: asked, format } = request;
    const policy = policyOf(asked);
    const { length } = JSON.stringify(policy);
    if (length > LONGEST_POLICY)
      tell(
        `wanted at most ${LONGEST_POLICY} characters, which a managed policy takes, given ${length}: leave out --features, or make it an inline policy of the role`,
      );
    out(writePolicy(format, policy, asked));
    return 0;
  },
};

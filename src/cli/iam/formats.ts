import { dump } from 'js-yaml';
import type { Policy, PolicyRequest } from '../../aws/policy.ts';
import { terraform } from './terraform.ts';

/** How a policy can be written. */
export const FORMATS = ['json', 'terraform', 'cloudformation'] as const;
export type Format = (typeof FORMATS)[number];

type Write = (policy: Policy, request: PolicyRequest) => string;

const WRITERS: Record<Format, Write> = {
  json: (policy) => JSON.stringify(policy, undefined, 2),
  terraform,
  cloudformation: (policy, { clusterName }) =>
    dump(template(policy, clusterName), { lineWidth: -1, noRefs: true }).trimEnd(),
};

/** The policy as a JSON document, as Terraform in HCL with a data source and a policy, or as a CloudFormation template in YAML. */
export const writePolicy = (format: Format, policy: Policy, request: PolicyRequest): string =>
  WRITERS[format](policy, request);

const template = (policy: Policy, clusterName: string): object => ({
  AWSTemplateFormatVersion: '2010-09-09',
  Description: `What Podwire may do for the cluster ${clusterName}`,
  Resources: {
    PodwirePolicy: {
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: { Description: `Podwire in the cluster ${clusterName}`, PolicyDocument: policy },
    },
  },
  Outputs: { PolicyArn: { Value: { Ref: 'PodwirePolicy' } } },
});

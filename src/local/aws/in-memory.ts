import type { Ec2Api, ElbApi } from '../../aws/api.ts';
import type { LocalAws } from './aws.ts';
import { answerCall } from './dispatch.ts';
import type { ServiceName } from './operation.ts';

/** ELBv2 of a local AWS without a socket between: same shapes, same errors, same log, in the time of its clock. Without an access key as somebody who may do everything. */
export function localElbApi(aws: LocalAws, accessKeyId?: string): ElbApi {
  return localApi(aws, 'elasticloadbalancing', accessKeyId) as ElbApi;
}

/** EC2 of a local AWS without a socket between. */
export function localEc2Api(aws: LocalAws, accessKeyId?: string): Ec2Api {
  return localApi(aws, 'ec2', accessKeyId) as Ec2Api;
}

/** Any method is the action of its name, the first letter large. */
function localApi(aws: LocalAws, service: ServiceName, accessKeyId: string | undefined): object {
  const caller = accessKeyId === undefined ? {} : { accessKeyId };
  return new Proxy(
    {},
    {
      get: (_target, method) => {
        if (typeof method !== 'string' || method === 'then') return undefined;
        const action = method.charAt(0).toUpperCase() + method.slice(1);
        return (input: Record<string, unknown>) => answerCall(aws, { service, action, input, ...caller });
      },
    },
  );
}

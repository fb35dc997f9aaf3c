import { ACM_OPERATIONS } from './acm.ts';
import type { LocalAws } from './aws.ts';
import { EC2_OPERATIONS } from './ec2/operations.ts';
import { ELB_OPERATIONS } from './elb/operations.ts';
import { AwsError, ElbError, validationError } from './error.ts';
import { drawFault, effectOf, faultError } from './faults.ts';
import { authorize } from './iam/authorization.ts';
import { IAM_OPERATIONS } from './iam/operations.ts';
import { missingMember } from './operation.ts';
import type { Operation, Operations, ServiceName } from './operation.ts';
import type { Fault } from './settings.ts';
import { STS_OPERATIONS } from './sts.ts';
import { apiFamily } from './throttle.ts';

export const OPERATIONS: Record<ServiceName, Operations> = {
  elasticloadbalancing: ELB_OPERATIONS,
  ec2: EC2_OPERATIONS,
  sts: STS_OPERATIONS,
  iam: IAM_OPERATIONS,
  acm: ACM_OPERATIONS,
};

export type CallRequest = {
  service: ServiceName;
  action: string;
  input: Record<string, unknown>;
  userAgent?: string;
  /** Whose policy counts. */
  accessKeyId?: string;
};

/** The action of a service, or the error that names it as not served. */
export function findOperation(service: ServiceName, action: string): Operation {
  const found = OPERATIONS[service].get(action);
  if (found) return found;
  throw new AwsError('InvalidAction', `The action ${action} of ${service} is not served by local AWS.`);
}

/** Answers one call as AWS would: throttle, latency, fault, checks, effect; and logs it. Rejects with an AwsError. */
export async function answerCall(aws: LocalAws, request: CallRequest): Promise<object> {
  const began = aws.clock.monotonic();
  const log = (error?: string) => {
    const { service, action, userAgent } = request;
    const durationMs = aws.clock.monotonic() - began;
    const time = new Date(aws.clock.now()).toISOString();
    aws.calls.add({
      time,
      began,
      service,
      action,
      durationMs,
      ...(error && { error }),
      ...(userAgent && { userAgent }),
    });
  };
  try {
    const output = await perform(aws, request);
    log();
    return output;
  } catch (error) {
    const said = asAwsError(error);
    log(said.Code);
    throw said;
  }
}

async function perform(aws: LocalAws, request: CallRequest): Promise<object> {
  const { service, action } = request;
  if (aws.settings.latencyMs > 0) await aws.clock.sleep(aws.settings.latencyMs);
  if (!aws.throttle.take(aws.settings.throttling, apiFamily(service, action), aws.clock.monotonic()))
    throw throttled(service);
  const operation = findOperation(service, action);
  authorize(aws, request);
  const fault = drawFault(aws, action);
  if (fault) return fail(aws, operation, { fault, request });
  // A deep copy in and out: what the caller keeps must never be the state itself.
  return structuredClone(runChecked(aws, operation, { ...request, input: structuredClone(request.input) }));
}

/** Does what a fault lets happen, waits as long as it says, and rejects. */
async function fail(aws: LocalAws, operation: Operation, hit: { fault: Fault; request: CallRequest }): Promise<never> {
  const { fault, request } = hit;
  const effect = effectOf(fault, structuredClone(request.input));
  if (effect) runChecked(aws, operation, { ...request, input: effect });
  if (fault.delayMs !== undefined) await aws.clock.sleep(fault.delayMs);
  throw faultError(request.service, fault);
}

function runChecked(aws: LocalAws, operation: Operation, { service, input, accessKeyId }: CallRequest): object {
  const missing = operation.input === undefined ? undefined : missingMember(operation.input, input);
  if (missing !== undefined) throw missingParameter(service, missing);
  if (service === 'ec2' && input['DryRun'] === true)
    throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
  return operation.run(aws, input, accessKeyId);
}

function missingParameter(service: ServiceName, path: string): AwsError {
  if (service === 'ec2') return new AwsError('MissingParameter', `The request must contain the parameter ${path}`);
  const constraint = 'failed to satisfy constraint: Member must not be null';
  return validationError(`1 validation error detected: Value null at '${path}' ${constraint}`);
}

function throttled(service: ServiceName): AwsError {
  if (service === 'ec2') return new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503);
  return new ElbError('Throttling', 'Rate exceeded');
}

function asAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new AwsError('InternalFailure', `Local AWS failed: ${message}`, 500);
}

import type { LocalAws } from './aws.ts';
import { AwsError, ElbError } from './error.ts';
import type { ServiceName } from './operation.ts';
import type { Fault } from './settings.ts';

/** The fault that hits this call, if any. A counted fault is used up by it. */
export function drawFault(aws: LocalAws, action: string): Fault | undefined {
  return aws.settings.faults.find((fault) => (fault.action === action || fault.action === '*') && hits(aws, fault));
}

function hits(aws: LocalAws, fault: Fault): boolean {
  if (fault.until !== undefined && aws.clock.monotonic() >= fault.until) return false;
  if (fault.next !== undefined && fault.next <= 0) return false;
  if (fault.probability !== undefined && aws.random() >= fault.probability) return false;
  if (fault.next !== undefined) fault.next--;
  return true;
}

/** The faults with the end of each that has a time. */
export const timed = (faults: readonly Fault[], now: number): Fault[] =>
  faults.map((fault) =>
    fault.forMs === undefined || fault.until !== undefined ? fault : { ...fault, until: now + fault.forMs },
  );

/** What of the input takes effect although the call fails; undefined: nothing. */
export function effectOf(fault: Fault, input: Record<string, unknown>): Record<string, unknown> | undefined {
  if (fault.when === 'after') return input;
  const targets = input['Targets'];
  if (fault.when !== 'half' || !Array.isArray(targets) || targets.length < 2) return undefined;
  return { ...input, Targets: targets.slice(0, Math.floor(targets.length / 2)) };
}

export function faultError(service: ServiceName, fault: Fault): AwsError {
  const status = fault.httpStatus ?? (/^(Internal|ServiceUnavailable)/.test(fault.code) ? 500 : 400);
  const message =
    fault.message ?? (/Throttl|RequestLimit/.test(fault.code) ? 'Rate exceeded' : `Fault on purpose: ${fault.code}`);
  return service === 'elasticloadbalancing'
    ? new ElbError(fault.code, message, status)
    : new AwsError(fault.code, message, status);
}

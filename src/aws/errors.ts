import { Denied, Gone, Invalid, NotLeader, Retry, Throttled } from '../errors.ts';

/** What AWS said, whatever the class the SDK wrapped it in. */
type Said = { code: string; message: string; status: number | undefined };
type Make = (said: Said, context: { action: string; cause: unknown }) => Error;

const throttled: Make = ({ message }, { action, cause }) => new Throttled(`${action}: ${message}`, { cause });
const gone: Make = ({ code, message }, { action, cause }) => new Gone(`${action}: ${code}: ${message}`, { cause });
const denied: Make = ({ message }, { action, cause }) => new Denied(action, `${action}: ${message}`, { cause });
const unauthenticated: Make = (said, { action, cause }) =>
  new Denied(action, `${action}: ${said.code}: ${said.message}${skewHint(said)}`, { cause });
const expired: Make = (said, { action, cause }) =>
  new Retry(`${action}: ${said.code}: ${said.message}${skewHint(said)}`, { cause });
const retry: Make = ({ code, message }, { action, cause }) => new Retry(`${action}: ${code}: ${message}`, { cause });
// A load balancer's network interfaces outlive it: asking at once again is of no use.
const retryLater: Make = ({ code, message }, { action, cause }) =>
  new Retry(`${action}: ${code}: ${message}`, { cause, afterMs: 3_000 });
const invalid =
  (field: string): Make =>
  ({ code, message }, { action, cause }) =>
    new Invalid(field, `${message} (AWS ${action}, ${code})`, { cause });

const sameFor = (make: Make, ...codes: string[]): [string, Make][] => codes.map((code) => [code, make]);

/** AWS takes a signature for five minutes before and after its own time, and words it in these ways where that is over. */
const SKEWED = /RequestTimeTooSkewed|RequestExpired|signature expired|signature not yet current/i;

const skewHint = ({ code, message }: Said): string =>
  SKEWED.test(`${code} ${message}`) ? ' (the clock of this machine and that of AWS are more than 5 minutes apart)' : '';

/** Every code that decides something. This is the only file that compares the error codes of AWS. */
const CODES: ReadonlyMap<string, Make> = new Map([
  ...sameFor(throttled, 'Throttling', 'ThrottlingException', 'ThrottledException', 'RequestThrottled'),
  ...sameFor(throttled, 'RequestThrottledException', 'RequestLimitExceeded', 'TooManyRequestsException', 'SlowDown'),
  ...sameFor(gone, 'LoadBalancerNotFound', 'TargetGroupNotFound', 'ListenerNotFound', 'RuleNotFound'),
  ...sameFor(gone, 'InvalidGroup.NotFound', 'InvalidGroupId.NotFound', 'InvalidSecurityGroupID.NotFound'),
  ...sameFor(gone, 'InvalidInstanceID.NotFound', 'InvalidNetworkInterfaceID.NotFound', 'InvalidVpcID.NotFound'),
  ...sameFor(gone, 'InvalidPermission.NotFound'),
  ...sameFor(denied, 'AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation', 'OptInRequired'),
  ...sameFor(unauthenticated, 'AuthFailure', 'InvalidClientTokenId', 'UnrecognizedClientException', 'ExpiredToken'),
  ...sameFor(unauthenticated, 'ExpiredTokenException', 'MissingAuthenticationToken', 'IncompleteSignature'),
  ...sameFor(unauthenticated, 'SignatureDoesNotMatch', 'InvalidSignatureException', 'RequestTimeTooSkewed'),
  ...sameFor(expired, 'RequestExpired'),
  ...sameFor(retryLater, 'DependencyViolation'),
  ...sameFor(retry, 'ResourceInUse', 'PriorityInUse', 'HealthUnavailable', 'DuplicateListener'),
  ...sameFor(retry, 'InternalError', 'InternalFailure', 'ServiceUnavailable', 'Unavailable', 'RequestTimeout'),
  ...sameFor(retry, 'PriorRequestNotComplete', 'TargetGroupAssociationLimit'),
  ...sameFor(invalid('name'), 'DuplicateLoadBalancerName', 'DuplicateTargetGroupName', 'InvalidGroup.Duplicate'),
  ...sameFor(
    invalid('subnets'),
    'SubnetNotFound',
    'InvalidSubnet',
    'InvalidSubnetID.NotFound',
    'AvailabilityZoneNotSupported',
  ),
  ...sameFor(invalid('security-groups'), 'InvalidSecurityGroup', 'RulesPerSecurityGroupLimitExceeded'),
  ...sameFor(invalid('security-groups'), 'SecurityGroupLimitExceeded', 'SecurityGroupsPerInterfaceLimitExceeded'),
  ...sameFor(
    invalid('permissions'),
    'InvalidPermission.Duplicate',
    'InvalidPermission.Malformed',
    'InvalidParameterValue',
  ),
  ...sameFor(invalid('scheme'), 'InvalidScheme'),
  ...sameFor(invalid('certificate-arn'), 'CertificateNotFound', 'TooManyCertificates', 'UnsupportedCertificate'),
  ...sameFor(invalid('ssl-policy'), 'SSLPolicyNotFound'),
  ...sameFor(invalid('listen-ports'), 'TooManyListeners', 'UnsupportedProtocol'),
  ...sameFor(invalid('rules'), 'TooManyRules', 'TooManyActions', 'InvalidLoadBalancerAction'),
  ...sameFor(invalid('rules'), 'TooManyUniqueTargetGroupsPerLoadBalancer'),
  ...sameFor(invalid('backend-protocol'), 'IncompatibleProtocols'),
  ...sameFor(invalid('targets'), 'InvalidTarget', 'TooManyTargets', 'TooManyRegistrationsForTargetId'),
  ...sameFor(invalid('tags'), 'TooManyTags', 'DuplicateTagKeys', 'TagLimitExceeded'),
  ...sameFor(invalid('quota'), 'TooManyLoadBalancers', 'TooManyTargetGroups'),
  ...sameFor(invalid('load-balancer'), 'OperationNotPermitted'),
  ...sameFor(invalid('configuration'), 'InvalidConfigurationRequest', 'ValidationError', 'ValidationException'),
  ...sameFor(invalid('configuration'), 'InvalidParameterCombination', 'MissingParameter', 'InvalidParameter'),
]);

/** Node and SDK names for an answer that never came or made no sense: what the call did is not known. */
const CONNECTION = /^(E[A-Z]{4,}|TimeoutError|AbortError|UND_ERR_\w+)$/;

const OURS = [Retry, Gone, Invalid, Denied, NotLeader];

/**
 * One of the closed set of `errors.ts`, with what AWS said as its cause; an error that is none of these comes back as it is.
 * `action` as in IAM, for example `elasticloadbalancing:CreateRule`.
 */
export function translateError(error: unknown, action: string): Error {
  if (OURS.some((ours) => error instanceof ours)) return error as Error;
  const said = whatWasSaid(error);
  const make = CODES.get(said.code) ?? byStatus(said);
  if (make) return make(said, { action, cause: error });
  return error instanceof Error ? error : new Error(`${action}: ${String(error)}`);
}

/** Whether AWS may have done what was asked although the answer says nothing: no answer, or a broken one. */
export function isAmbiguous(error: unknown): boolean {
  if (!(error instanceof Retry) || error instanceof Throttled) return false;
  const { code, status } = whatWasSaid(error.cause);
  return !CODES.has(code) || (status !== undefined && status >= 500);
}

/** The name was taken by the time of the create. */
export const isNameTaken = (error: unknown): boolean => error instanceof Invalid && error.field === 'name';
/** The target group, or a load balancer it hangs on, may hold no more targets. */
export const isTargetQuota = (error: unknown): boolean => codeOf(error) === 'TooManyTargets';
/** The account, or the resource, may have no more of what was asked for. */
export const isQuota = (error: unknown): boolean =>
  error instanceof Invalid && /^TooMany|LimitExceeded$/.test(codeOf(error));
/** A permission that was to be added is there already. */
export const isDuplicatePermission = (error: unknown): boolean => codeOf(error) === 'InvalidPermission.Duplicate';

/** The call was a dry run, and would have been done. */
export const wouldBeDone = (error: unknown): boolean => whatWasSaid(error).code === 'DryRunOperation';

/** Why AWS does not take the credentials a call was made with; undefined where it is about something else. */
export function credentialsTrouble(error: unknown): 'missing' | 'expired' | 'refused' | undefined {
  const { code, message } = whatWasSaid(error instanceof Denied || error instanceof Retry ? error.cause : error);
  if (/^(CredentialsProviderError|TokenProviderError|MissingAuthenticationToken)$/.test(code)) return 'missing';
  if (/^(ExpiredToken|RequestExpired)/.test(code) || /security token.* expired/i.test(message)) return 'expired';
  return error instanceof Denied ? 'refused' : undefined;
}

/** AWS does not know who asks, or no longer: no right that could be allowed would help. */
export const isUnauthenticated = (error: unknown): boolean => {
  const { code } = answerOf(error);
  return UNAUTHENTICATED.has(code) || NO_CREDENTIALS.test(code);
};

const UNAUTHENTICATED = new Set([
  ...['InvalidClientTokenId', 'UnrecognizedClientException', 'SignatureDoesNotMatch', 'AuthFailure', 'RequestExpired'],
  ...['InvalidSignatureException', 'RequestTimeTooSkewed'],
  ...['ExpiredToken', 'ExpiredTokenException', 'MissingAuthenticationToken', 'IncompleteSignature'],
]);
const NO_CREDENTIALS = /^(CredentialsProviderError|TokenProviderError)$/;

/** What came back of one call: its HTTP status and request id where there was an answer, and the code of a refusal. */
export type CallAnswer = { status: number | undefined; code: string; requestId: string | undefined };

/** Of what a call resolved with, or of the translated error it ended with. */
export function answerOf(outcome: unknown): CallAnswer {
  const said = outcome instanceof Error && OURS.some((ours) => outcome instanceof ours) ? outcome.cause : outcome;
  const { $metadata } = (said ?? {}) as { $metadata?: { httpStatusCode?: number; requestId?: string } };
  const refused = outcome instanceof Error ? whatWasSaid(said) : undefined;
  return {
    status: refused?.status ?? $metadata?.httpStatusCode,
    code: refused?.code ?? '',
    requestId: $metadata?.requestId,
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error ? whatWasSaid(error.cause).code : '';
}

function byStatus({ code, status }: Said): Make | undefined {
  if (status === 429) return throttled;
  if (status !== undefined && status >= 500) return retry;
  if (status === 403) return denied;
  return CONNECTION.test(code) || status === undefined || status < 400 ? connectionMake(code, status) : undefined;
}

/** An answer of 2xx that could not be read is as good as none. */
function connectionMake(code: string, status: number | undefined): Make | undefined {
  return CONNECTION.test(code) || status !== undefined ? retry : undefined;
}

type Wire = { name?: string; code?: string; Code?: string; message?: string; $metadata?: { httpStatusCode?: number } };

function whatWasSaid(error: unknown): Said {
  if (typeof error !== 'object' || error === null) return { code: '', message: String(error), status: undefined };
  const { name, code, Code, message, $metadata, $response } = error as Wire & { $response?: { statusCode?: number } };
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  return { code: pickCode([Code, code, name]), message: message ?? 'no message', status };
}

/** The wire's code where there is one. The SDK's class names are the code followed by `Exception`. */
function pickCode(names: (string | undefined)[]): string {
  const known = names.filter((name) => name !== undefined && name !== '' && name !== 'Error') as string[];
  const plain = known.map((name) => (CODES.has(name) ? name : name.replace(/Exception$/, '')));
  return plain.find((name) => CODES.has(name)) ?? known[0] ?? '';
}

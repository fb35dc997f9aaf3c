/** SDK exception names that are not the wire code followed by `Exception`. */
const EXCEPTION_NAMES: Record<string, string> = {
  ALPNPolicyNotFound: 'ALPNPolicyNotSupportedException',
  AssociationNotFound: 'TrustStoreAssociationNotFoundException',
};

/** Codes that ELBv2 puts on the wire without modelling them: the SDK names the exception as the code itself. */
const UNMODELLED =
  /^(ValidationError|Throttling|AccessDenied|Internal|Invalid(Action|Parameter)|ServiceUnavailable|MissingAction)/;

/** An answer that says no, as AWS would say it: `name` as the SDK names the exception, `Code` as on the wire. */
export class AwsError extends Error {
  override readonly name: string;
  readonly Code: string;
  readonly httpStatus: number;
  readonly $metadata: { httpStatusCode: number };
  readonly $fault: 'client' | 'server';

  constructor(code: string, message: string, httpStatus = 400) {
    super(message);
    this.name = code;
    this.Code = code;
    this.httpStatus = httpStatus;
    this.$metadata = { httpStatusCode: httpStatus };
    this.$fault = httpStatus < 500 ? 'client' : 'server';
  }

  get code(): string {
    return this.Code;
  }
}

/** An ELBv2 error; modelled ones are named as the SDK names them. */
export class ElbError extends AwsError {
  override readonly name: string;
  constructor(code: string, message: string, httpStatus = 400) {
    super(code, message, httpStatus);
    this.name = UNMODELLED.test(code) ? code : (EXCEPTION_NAMES[code] ?? `${code}Exception`);
  }
}

export function validationError(message: string): ElbError {
  return new ElbError('ValidationError', message);
}

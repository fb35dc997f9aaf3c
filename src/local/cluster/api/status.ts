/** One field that is wrong: `field` as a path, `reason` one of Kubernetes' causes. */
export type Cause = { reason: CauseReason; field: string; message: string };

type CauseReason =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueDuplicate'
  | 'FieldValueTypeInvalid'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldManagerConflict'
  | 'NamespaceTerminating'
  | 'ResourceVersionTooLarge'
  | 'DisruptionBudget';

/** What an error is about: `kind` is the plural in most answers and the kind in Invalid ones, as the real server has it. */
export type StatusDetails = {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: Cause[];
  retryAfterSeconds?: number;
};

export type Status = {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: object;
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code?: number;
};

/** A request that failed, with the Status that answers it. A few failures of the real server have no reason: `''`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: Status & { code: number };

  constructor(code: number, reason: string, text: { message: string; details?: StatusDetails }) {
    super(text.message);
    const head = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' } as const;
    const details = text.details && { details: text.details };
    this.status = { ...head, message: text.message, ...(reason && { reason }), ...details, code };
  }
}

export type Named = { group: string; plural: string; kind: string };

const qualified = (name: string, group: string): string => (group === '' ? name : `${name}.${group}`);
const about = (of: Named, name: string): StatusDetails => ({
  name,
  ...(of.group && { group: of.group }),
  kind: of.plural,
});
const title = (of: Named, name: string): string => `${qualified(of.plural, of.group)} ${JSON.stringify(name)}`;

export const notFound = (of: Named, name: string): ApiError =>
  new ApiError(404, 'NotFound', { message: `${title(of, name)} not found`, details: about(of, name) });

export const noSuchPath = (): ApiError =>
  new ApiError(404, 'NotFound', { message: 'the server could not find the requested resource', details: {} });

export const alreadyExists = (of: Named, name: string): ApiError =>
  new ApiError(409, 'AlreadyExists', { message: `${title(of, name)} already exists`, details: about(of, name) });

const CHANGED = 'the object has been modified; please apply your changes to the latest version and try again';

export const conflict = (of: Named, name: string, why: string = CHANGED): ApiError =>
  new ApiError(409, 'Conflict', {
    message: `Operation cannot be fulfilled on ${title(of, name)}: ${why}`,
    details: about(of, name),
  });

export const forbidden = (of: Named, name: string, text: { why: string; causes?: Cause[] }): ApiError =>
  new ApiError(403, 'Forbidden', {
    message: `${title(of, name)} is forbidden: ${text.why}`,
    details: { ...about(of, name), ...(text.causes && { causes: text.causes }) },
  });

export function invalid(of: Named, name: string, causes: readonly Cause[]): ApiError {
  const lines = [...new Set(causes.map((cause) => `${cause.field}: ${cause.message}`))];
  const text = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  return new ApiError(422, 'Invalid', {
    message: `${qualified(of.kind, of.group)} ${JSON.stringify(name)} is invalid: ${text}`,
    details: {
      ...(name && { name }),
      ...(of.group && { group: of.group }),
      kind: of.kind,
      causes: causes.map(({ reason, message, field }) => ({ reason, message, field })),
    },
  });
}

export const badRequest = (message: string): ApiError => new ApiError(400, 'BadRequest', { message });

export const expired = (asked: number, oldest: number): ApiError =>
  new ApiError(410, 'Expired', { message: `too old resource version: ${asked} (${oldest})` });

export const expiredContinue = (): ApiError =>
  new ApiError(410, 'Expired', {
    message:
      'The provided continue parameter is too old to display a consistent list result. Start a new list without it.',
  });

export const tooLargeVersion = (asked: number, current: number): ApiError =>
  new ApiError(504, 'Timeout', {
    message: `Timeout: Too large resource version: ${asked}, current: ${current}`,
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', field: '', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  });

export const unauthorized = (): ApiError => new ApiError(401, 'Unauthorized', { message: 'Unauthorized' });

export const methodNotAllowed = (): ApiError =>
  new ApiError(405, 'MethodNotAllowed', { message: 'the server does not allow this method on the requested resource' });

export const unsupportedMediaType = (given: string, wanted: readonly string[]): ApiError =>
  new ApiError(415, 'UnsupportedMediaType', {
    message: `the body of the request was in an unknown format - accepted media types include: ${wanted.join(', ')} (given: ${given || 'none'})`,
  });

export const notServed = (feature: string): ApiError =>
  new ApiError(501, 'NotImplemented', { message: `Podwire's local cluster does not ${feature}` });

export const internalError = (message: string): ApiError =>
  new ApiError(500, 'InternalError', { message: `Internal error occurred: ${message}` });

export const required = (field: string, more = ''): Cause => ({
  reason: 'FieldValueRequired',
  field,
  message: more ? `Required value: ${more}` : 'Required value',
});

const shown = (value: unknown): string => JSON.stringify(value) ?? 'null';

export const wrong = (field: string, value: unknown, why: string): Cause => ({
  reason: 'FieldValueInvalid',
  field,
  message: `Invalid value: ${shown(value)}: ${why}`,
});

export const unsupported = (field: string, value: unknown, allowed: readonly unknown[]): Cause => ({
  reason: 'FieldValueNotSupported',
  field,
  message: `Unsupported value: ${shown(value)}: supported values: ${allowed.map(shown).join(', ')}`,
});

export const prohibited = (field: string, why: string): Cause => ({
  reason: 'FieldValueForbidden',
  field,
  message: `Forbidden: ${why}`,
});

export const duplicate = (field: string, value: unknown): Cause => ({
  reason: 'FieldValueDuplicate',
  field,
  message: `Duplicate value: ${shown(value)}`,
});

export const wrongType = (field: string, value: unknown, why: string): Cause => ({
  reason: 'FieldValueTypeInvalid',
  field,
  message: `Invalid value: ${shown(typeof value)}: ${why}`,
});

export const tooLong = (field: string, longest: number): Cause => ({
  reason: 'FieldValueTooLong',
  field,
  message: `Too long: may not be more than ${longest} bytes`,
});

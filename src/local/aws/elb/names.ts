import { validationError } from '../error.ts';

/** Refuses a name that AWS refuses: at most 32 letters, digits and hyphens, no hyphen at either end. */
export function checkName(kind: string, name: string): void {
  if (name.length < 1 || name.length > 32)
    throw validationError(`${kind} name '${name}' cannot be longer than '32' characters`);
  if (!/^[A-Za-z0-9-]+$/.test(name))
    throw validationError(
      `${kind} name '${name}' can only contain characters that are alphanumeric characters and hyphens(-)`,
    );
  if (/^-|-$/.test(name)) throw validationError(`${kind} name '${name}' cannot begin or end with '-'`);
  if (/^internal-/i.test(name)) throw validationError(`${kind} name '${name}' cannot begin with 'internal-'`);
}

export function checkPort(port: number | undefined): number {
  if (port !== undefined && Number.isInteger(port) && port >= 1 && port <= 65535) return port;
  throw validationError(`Port '${port ?? ''}' must be between 1 and 65535`);
}

/** Refuses a value that is not one of those AWS knows. */
export function checkEnum<T extends string>(field: string, value: string | undefined, known: readonly T[]): T {
  if (value !== undefined && (known as readonly string[]).includes(value)) return value as T;
  const constraint = `Member must satisfy enum value set: [${known.join(', ')}]`;
  throw validationError(
    `1 validation error detected: Value '${value ?? ''}' at '${field}' failed to satisfy constraint: ${constraint}`,
  );
}

export function checkRange(field: string, value: number, range: { min: number; max: number }): number {
  if (Number.isInteger(value) && value >= range.min && value <= range.max) return value;
  throw validationError(`${field} '${value}' must be between ${range.min} and ${range.max}`);
}

/** RFC 3339 with six digits, as MicroTime wants it: the API server refuses three. */
export const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');

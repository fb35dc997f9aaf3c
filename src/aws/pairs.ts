type Pair = { Key?: string | undefined; Value?: string | undefined };

/** Tags or attributes as AWS lists them, by key. */
export const fromPairs = (pairs: readonly Pair[] | undefined): Record<string, string> =>
  Object.fromEntries((pairs ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));

/** Tags or attributes as AWS wants them listed. */
export const toPairs = (values: Record<string, string>): { Key: string; Value: string }[] =>
  Object.entries(values).map(([Key, Value]) => ({ Key, Value }));

/** Tags or attributes as answers list them. */
export const toPairs = (values: Record<string, string>): { Key: string; Value: string }[] =>
  Object.entries(values).map(([Key, Value]) => ({ Key, Value }));

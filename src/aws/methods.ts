/** One class of command for each method of an API. */
export type CommandTable<Api> = { [Action in keyof Api]: new (input: never) => object };

/** `createRule` is the action `CreateRule`. */
export const actionName = (method: string): string => method.charAt(0).toUpperCase() + method.slice(1);

/** An API of which every method is made by `make` when it is first asked for. */
export function methodsOf<Api extends object>(make: (method: keyof Api & string) => unknown): Api {
  const made = new Map<string, unknown>();
  return new Proxy({} as Api, {
    get(_target, method) {
      if (typeof method !== 'string' || method === 'then') return undefined;
      if (!made.has(method)) made.set(method, make(method as keyof Api & string));
      return made.get(method);
    },
  });
}

import { methodsOf } from './methods.ts';

/** Whether a method of an AWS API changes anything. */
export const mutates = (method: string): boolean => !method.startsWith('describe');

/** The same API, of which every call that changes anything asks `check` first, directly before it is sent. Goes below the budget, which lets calls wait. */
export function fencedApi<Api extends object>(api: Api, check: () => void): Api {
  return methodsOf<Api>((method) => {
    const call = api[method] as (input: unknown) => Promise<unknown>;
    if (!mutates(method)) return call;
    return async (input: unknown) => {
      check();
      return call(input);
    };
  });
}

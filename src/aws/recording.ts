import { Invalid } from '../errors.ts';
import { canonicalJson } from '../model/canonical.ts';
import type { Account } from './account.ts';
import { methodsOf } from './methods.ts';
import { EVERYTHING, observeStack } from './observe.ts';

/** Answers by call: `describeTags {"ResourceArns":[…]}`. Plain JSON. */
export type Calls = Record<string, unknown>;

type Method = (input: unknown) => Promise<unknown>;

const callOf = (method: string, input: unknown): string => `${method} ${canonicalJson(input)}`;

/** The same API; each answer of it is noted. */
export function recordingApi<Api extends object>(api: Api, calls: Calls): Api {
  return methodsOf<Api>((method) => async (input: unknown) => {
    const answer = (await (api[method] as Method)(input)) as Record<string, unknown>;
    const { $metadata: _, ...noted } = answer;
    calls[callOf(method, input)] = noted;
    return answer;
  });
}

/** An API that answers as it did when it was recorded; Invalid where it was not asked then. */
export function recordedApi<Api extends object>(calls: Calls, file: string): Api {
  return methodsOf<Api>((method) => async (input: unknown) => {
    const answer = calls[callOf(method, input)];
    if (answer !== undefined) return structuredClone(answer);
    throw new Invalid(file, `has no answer to ${callOf(method, input).slice(0, 200)}: record it anew`);
  });
}

/** Reads all that any plan for the cluster may ask of AWS. */
export async function readEverything(account: Account): Promise<void> {
  const stacks = await account.inventory.stacks();
  await Promise.all([account.facts.forStack(), ...stacks.map((stack) => observeStack(account, stack, EVERYTHING))]);
}

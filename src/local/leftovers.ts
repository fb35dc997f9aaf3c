import type { LocalAwsProcess } from './aws-process.ts';

type Groups = Record<string, { name: string; rules: { id: string; egress: boolean; fromPort?: number }[] }>;
type State = Record<string, object> & { securityGroups: Groups };

/** What local AWS holds, one line for each resource and each security group rule. */
export async function inventoryOf(aws: LocalAwsProcess): Promise<Set<string>> {
  const state = await aws.control<State>('state');
  const resources = Object.entries(state).flatMap(([kind, all]) => Object.keys(all).map((id) => `${kind} ${id}`));
  const rules = Object.values(state.securityGroups).flatMap(({ name, rules: all }) =>
    all.map(({ id, fromPort }) => `rule ${id} of ${name}, port ${fromPort ?? 'any'}`),
  );
  return new Set([...resources, ...rules]);
}

/** What is there now and was not there before. */
export async function leftoversSince(aws: LocalAwsProcess, before: Set<string>): Promise<string[]> {
  return [...(await inventoryOf(aws))].filter((line) => !before.has(line));
}

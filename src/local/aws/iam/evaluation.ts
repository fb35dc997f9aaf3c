import { checkOperators, holds } from './conditions.ts';
import { isLike } from './pattern.ts';
import { type Asked, listOf, type Policy, type PolicyStatement } from './policy.ts';

/** `denied`: no statement allows it. `forbidden`: a statement denies it, whatever others allow. */
export type Decision = 'allowed' | 'denied' | 'forbidden';

/** What a policy says to one thing that is asked. */
export function decide(policy: Policy, asked: Asked): Decision {
  const applying = listOf(policy.Statement).filter((statement) => applies(statement, asked));
  if (applying.some(({ Effect }) => Effect === 'Deny')) return 'forbidden';
  return applying.length > 0 ? 'allowed' : 'denied';
}

function applies({ Action, NotAction, Resource, NotResource, Condition }: PolicyStatement, asked: Asked): boolean {
  return (
    names(Action, NotAction, (pattern) => isLike(asked.action, pattern, 'i')) &&
    names(Resource, NotResource, (pattern) => isLike(asked.resource, pattern)) &&
    holds(Condition, asked)
  );
}

function names(
  only: string | string[] | undefined,
  allBut: string | string[] | undefined,
  fits: (pattern: string) => boolean,
) {
  return only === undefined ? !listOf(allBut).some(fits) : listOf(only).some(fits);
}

/** Throws with what is wrong where the policy is none. */
export function checkPolicy(policy: Policy): void {
  const statements = listOf(policy?.Statement);
  if (statements.length === 0) throw new Error('policy: wanted at least one Statement, given none');
  for (const [index, statement] of statements.entries()) {
    const at = `policy: Statement ${statement.Sid ?? index}`;
    if (!['Allow', 'Deny'].includes(statement.Effect))
      throw new Error(`${at}: Effect: wanted Allow or Deny, given ${String(statement.Effect)}`);
    if (statement.Action === undefined && statement.NotAction === undefined)
      throw new Error(`${at}: wanted Action or NotAction, given neither`);
    if (statement.Resource === undefined && statement.NotResource === undefined)
      throw new Error(`${at}: wanted Resource or NotResource, given neither`);
    checkOperators(statement.Condition);
  }
}

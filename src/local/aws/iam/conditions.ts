import { isArnLike, isLike } from './pattern.ts';
import { type Asked, listOf, type PolicyStatement } from './policy.ts';

type Test = (value: string, wanted: string) => boolean;
/** `not`: it holds where no wanted value fits, and where the request does not have the key. */
type Operator = { test: Test; not?: boolean };

const equals: Test = (value, wanted) => value === wanted;
const equalsIgnoringCase: Test = (value, wanted) => value.toLowerCase() === wanted.toLowerCase();
const like: Test = (value, wanted) => isLike(value, wanted);

// IAM user guide, condition operators.
const OPERATORS: Record<string, Operator> = {
  StringEquals: { test: equals },
  StringNotEquals: { test: equals, not: true },
  StringEqualsIgnoreCase: { test: equalsIgnoringCase },
  StringNotEqualsIgnoreCase: { test: equalsIgnoringCase, not: true },
  StringLike: { test: like },
  StringNotLike: { test: like, not: true },
  ArnEquals: { test: isArnLike },
  ArnLike: { test: isArnLike },
  ArnNotEquals: { test: isArnLike, not: true },
  ArnNotLike: { test: isArnLike, not: true },
  Bool: { test: equalsIgnoringCase },
};

type Written = { name: string; every: 'each' | 'some' | undefined; ifExists: boolean };

/** `ForAllValues:StringEqualsIfExists` in its parts. */
function written(operator: string): Written {
  const [, set, name = '', ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  return {
    name,
    every: set && (set === 'ForAllValues' ? 'each' : 'some'),
    ifExists: ifExists !== undefined,
  } as Written;
}

/** Throws where an operator is none of those that are understood here: a condition that is not evaluated must not pass for one that holds. */
export function checkOperators(condition: PolicyStatement['Condition'] = {}): void {
  for (const operator of Object.keys(condition)) {
    const { name } = written(operator);
    if (name !== 'Null' && !(name in OPERATORS))
      throw new Error(`condition operator: wanted Null, ${Object.keys(OPERATORS).join(', ')}; given ${operator}`);
  }
}

/** Whether every operator and every key of the condition holds for what is asked. */
export function holds(condition: PolicyStatement['Condition'] = {}, { context }: Pick<Asked, 'context'>): boolean {
  return Object.entries(condition).every(([operator, keys]) => {
    const how = written(operator);
    return Object.entries(keys).every(([key, wanted]) => holdsFor(how, listOf(wanted), context.get(key.toLowerCase())));
  });
}

function holdsFor({ name, every, ifExists }: Written, wanted: string[], given: readonly string[] | undefined): boolean {
  if (name === 'Null') return wanted.includes(String(given === undefined));
  const operator = OPERATORS[name];
  if (operator === undefined) return false;
  if (given === undefined || given.length === 0)
    return ifExists || every === 'each' || (operator.not === true && every === undefined);
  const fits = (value: string) => wanted.some((one) => operator.test(value, one)) !== (operator.not === true);
  return every === 'some' || (every === undefined && operator.not !== true) ? given.some(fits) : given.every(fits);
}

/** An identity-based policy as AWS takes it; a list of one may stand as the one itself. */
export type Policy = { Version?: string; Statement: PolicyStatement | PolicyStatement[] };
export type PolicyStatement = {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Action?: OneOrMore;
  NotAction?: OneOrMore;
  Resource?: OneOrMore;
  NotResource?: OneOrMore;
  Condition?: Record<string, Record<string, OneOrMore>>;
};
type OneOrMore = string | string[];

/** One thing that a call asks to do. Keys of the context in lower case; a key without a value is not in the request. */
export type Asked = { action: string; resource: string; context: ReadonlyMap<string, readonly string[]> };

export const listOf = <T>(given: T | T[] | undefined): T[] =>
  given === undefined ? [] : Array.isArray(given) ? given : [given];

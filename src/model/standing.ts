import type { Member, StackInput } from './input.ts';
import { memberInput } from './input.ts';
import { isGood, type MemberPlan, readMember } from './member.ts';
import { findRefusal } from './refusals.ts';
import type { Problem } from './stack.ts';

/** A member while the group is settled: what it asks now, what it was last served, and which of the two is served. */
export type Standing = {
  member: Member;
  current: MemberPlan;
  lastGood?: MemberPlan;
  serving?: MemberPlan;
  /** What the group has against its current input. */
  refusals: Problem[];
};

/** Reads a member. One that is wrong by itself is served from its last good input. */
export function standingOf(member: Member, input: StackInput): Standing {
  const current = readMember(memberInput(member), input);
  const before = member.lastGood && readMember(member.lastGood, input);
  const lastGood = before && isGood(before) ? before : undefined;
  const serving = isGood(current) ? current : lastGood;
  return { member, current, ...(lastGood && { lastGood }), ...(serving && { serving }), refusals: [] };
}

/**
 * Lets members step back, one at a time, until the group agrees: from their current input to their last good one, from that to nothing.
 * A member that steps back never does so because of another that has stepped back already.
 */
export function settle(standings: Standing[]): Standing[] {
  const settled = standings.map((standing) => ({ ...standing, refusals: [...standing.refusals] }));
  for (let found = findRefusal(settled); found !== undefined; found = findRefusal(settled)) {
    stepBack(settled[found.at] as Standing, found.problem);
  }
  return settled;
}

function stepBack(standing: Standing, problem: Problem): void {
  const { serving, current, lastGood } = standing;
  standing.refusals.push(problem);
  if (serving === current && lastGood !== undefined) standing.serving = lastGood;
  else delete standing.serving;
}

import type { Member, StackInput } from './input.ts';
import { memberInput } from './input.ts';
import { isGood, type MemberPlan, readMember } from './member.ts';
import { findRefusal } from './refusals.ts';
import { findCrowding, type Room, roomOf } from './room.ts';
import type { Problem } from './stack.ts';

/** A member while the group is settled: what it asks now, what it was last served, and which of the two is served. */
export type Standing = {
  member: Member;
  current: MemberPlan;
  lastGood?: MemberPlan;
  serving?: MemberPlan;
  /** What the group has against its current input. */
  refusals: Problem[];
  room: Room;
};

/** Reads a member. One that is wrong by itself is served from its last good input. */
export function standingOf(member: Member, input: StackInput): Standing {
  const now = memberInput(member);
  const current = readMember(now, input);
  const before = member.lastGood && readMember(member.lastGood, input);
  const lastGood = before && isGood(before) ? before : undefined;
  const serving = isGood(current) ? current : lastGood;
  return {
    member,
    current,
    ...(lastGood && { lastGood }),
    ...(serving && { serving }),
    refusals: [],
    room: roomOf(member, now),
  };
}

/**
 * Lets members step back, one at a time, until the group agrees: from their current input to their last good one, from that to nothing.
 * A member that steps back never does so because of another that has stepped back already.
 */
export function settle(standings: Standing[]): Standing[] {
  const settled = standings.map((standing) => ({ ...standing, refusals: [...standing.refusals] }));
  const find = () => findRefusal(settled) ?? findCrowding(settled);
  for (let found = find(); found !== undefined; found = find()) {
    const standing = settled[found.at];
    if (standing !== undefined) stepBack(standing, found.problem);
  }
  return settled;
}

/** Takes a member from its current input to its last good one, or from that to nothing. */
export function stepBack(standing: Standing, problem: Problem): void {
  const { serving, current, lastGood } = standing;
  standing.refusals.push(problem);
  if (serving === current && lastGood !== undefined) standing.serving = lastGood;
  else delete standing.serving;
}

/** The settings each reason of a whole stack comes from, the likeliest first. */
const BEHIND: Record<string, string[]> = {
  SubnetsNotFound: ['subnets', 'scheme', 'ip-address-type'],
  SecurityGroupNotFound: ['security-groups'],
  InvalidAddressType: ['ip-address-type', 'scheme'],
};

type Claimant = { standing: Standing; problem: Problem; field: string };

/** A member whose current input asks anew for what a problem of the stack comes from. */
export function findClaimant(standings: Standing[], problems: Problem[]): Claimant | undefined {
  const asked = problems.flatMap((problem) => (BEHIND[problem.reason] ?? []).map((setting) => ({ problem, setting })));
  for (const { problem, setting } of asked) {
    const standing = standings.find((one) => claimsAnew(one, setting) !== undefined);
    const field = standing && claimsAnew(standing, setting);
    if (standing !== undefined && field !== undefined) return { standing, problem, field };
  }
  return undefined;
}

function claimsAnew({ serving, current, lastGood }: Standing, setting: string): string | undefined {
  if (serving !== current) return undefined;
  const claim = current.claims.find((one) => one.setting === setting);
  const before = lastGood?.claims.find((one) => one.setting === setting);
  return claim?.value === before?.value ? undefined : claim?.field;
}

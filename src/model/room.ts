import { longestField, storedSize, writeLastGood } from './last-good.ts';
import type { Member, MemberInput } from './input.ts';
import { refused } from './problem.ts';
import type { Refusal } from './refusals.ts';
import type { Standing } from './standing.ts';
import type { Problem } from './stack.ts';

/** Bytes that the last good inputs of a member have in the ledger: of the input that is asked for, and of the one that is kept already. */
export type Room = { current: number; kept: number };

/** etcd takes 1.5 MiB for an object: what else a ledger says has room beside this. */
const MOST_OF_GROUP = 1_048_576;
/** Not every member may be as long as that, and yet one is not to take the room of all. */
const MOST_OF_MEMBER = 65_536;

/** What a member needs of the ledger. */
export const roomOf = (member: Member, input: MemberInput): Room => ({
  current: storedSize(writeLastGood(input)),
  kept: storedSize(member.lastGood ? writeLastGood(member.lastGood) : (member.unreadGood ?? '')),
});

/**
 * A member whose current input the ledger has no room for: it could not be served any more once it turned wrong. What is kept already stays,
 * whatever its size; of several that ask for more it is the one that asks for most.
 */
export function findCrowding(standings: readonly Standing[]): Refusal | undefined {
  const growing = standings
    .map((standing, at) => ({ standing, at, growth: growthOf(standing) }))
    .filter(({ growth }) => growth > 0);
  const alone = growing.find(({ standing }) => standing.room.current > MOST_OF_MEMBER);
  if (alone !== undefined) return { at: alone.at, problem: tooLong(alone.standing) };
  const total = standings.reduce((sum, standing) => sum + takenBy(standing), 0);
  if (total <= MOST_OF_GROUP) return undefined;
  const [most] = growing.toSorted((a, b) => b.growth - a.growth || b.at - a.at);
  return most && { at: most.at, problem: tooManyLong(most.standing, total) };
}

const takenBy = ({ serving, current, room }: Standing): number => (serving === current ? room.current : room.kept);
const growthOf = (standing: Standing): number => takenBy(standing) - standing.room.kept;

function tooLong({ current, room }: Standing): Problem {
  const { field, length } = longestField(current.input);
  const message = `wanted an Ingress that takes at most ${MOST_OF_MEMBER} bytes of the record of what was last good, packed; given ${room.current} bytes, to which this field of ${length} characters adds most`;
  return refused({ reason: 'TooLong', field, message });
}

function tooManyLong({ current, room }: Standing, total: number): Problem {
  const { field, length } = longestField(current.input);
  const message = `wanted Ingresses of one group that take at most ${MOST_OF_GROUP} bytes of the record of what was last good, packed; given ${total} bytes, ${room.current} of them for this Ingress, to which this field of ${length} characters adds most`;
  return refused({ reason: 'TooLong', field, message });
}

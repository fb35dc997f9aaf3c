import type { Part, ProofCase } from './case.ts';

export type Verdict = 'pass' | 'bounded' | 'fails' | 'inconclusive' | 'not yet';

/** What became of a control: how many requests it lost, and whether a process stood still meanwhile, twice. */
export type ControlResult = { name: string; requests: number; failed: number; inconclusive: boolean };

export type Judged = { verdict: Verdict; why: string[] };

/**
 * Says what a case has shown. Nothing passes whose control lost nothing, or which had too few requests to tell; a stall of
 * a process makes it inconclusive.
 */
export function judge(parts: readonly Part[], control: ControlResult, wanted: number): Judged {
  const doubtful = parts.filter(({ inconclusive }) => inconclusive);
  if (doubtful.length > 0) return { verdict: 'inconclusive', why: doubtful.flatMap(doubtsOf) };
  if (control.inconclusive)
    return { verdict: 'inconclusive', why: [`a process stood still in its control "${control.name}"`] };
  const why = [...whyNot(parts), ...ofControl(control), ...ofSize(parts, wanted)];
  if (why.length > 0) return { verdict: 'fails', why };
  return { verdict: parts.some(({ failed }) => failed > 0) ? 'bounded' : 'pass', why: [] };
}

/** A case that cannot be tried yet is named all the same. */
export const notYet = ({ notYet: why = 'nothing runs it' }: Pick<ProofCase, 'notYet'>): Judged => ({
  verdict: 'not yet',
  why: [why],
});

const doubtsOf = ({ name, doubts = ['a process stood still for more than a second'] }: Part): string[] =>
  doubts.map((doubt) => `${name}: ${doubt}`);

function whyNot(parts: readonly Part[]): string[] {
  return parts.flatMap(({ name, failed, bound, problems }) => {
    const most = bound?.failed ?? 0;
    const lost = failed > most ? [`${name}: ${failed} failed, at most ${most} may`] : [];
    return [...lost, ...problems.map((problem) => `${name}: ${problem}`)];
  });
}

const ofControl = ({ name, failed }: ControlResult): string[] =>
  failed > 0 ? [] : [`its control "${name}" lost nothing`];

function ofSize(parts: readonly Part[], wanted: number): string[] {
  const requests = parts.reduce((sum, part) => sum + part.requests, 0);
  return requests >= wanted ? [] : [`${requests} requests, at least ${wanted} are wanted`];
}

import { alignColumns } from '../columns.ts';
import type { Figure, Figures } from './figures.ts';
import { COMPARISONS } from './peer.ts';

/** Figures beside goal and peer, as text in columns. */
export function printTable(figures: Figures): string {
  const rows = Object.entries(figures).map(([name, value]) => rowOf(name, value));
  return alignColumns([['figure', 'Podwire', 'goal', 'the peer', 'met', 'what'], ...rows]);
}

function rowOf(name: string, value: Figure): string[] {
  const { about = '', unit, goal, peer } = COMPARISONS[name] ?? {};
  const met = goal === undefined ? '' : isMet(value, goal) ? 'yes' : 'NO';
  const limit = typeof goal === 'number' && goal > 0 ? `≤${goal.toLocaleString('en')}` : said(goal);
  return [name, `${said(value)}${unit === 'ms' || unit === 'MB' ? ` ${unit}` : ''}`, limit, said(peer), met, about];
}

/** Numbers may be less than the goal, facts must be it. */
const isMet = (value: Figure, goal: Figure): boolean =>
  typeof value === 'number' && typeof goal === 'number' ? value <= goal : value === goal;

const said = (value: Figure | undefined): string => {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value?.toLocaleString('en') ?? '';
};

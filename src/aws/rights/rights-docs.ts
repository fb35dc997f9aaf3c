import { RIGHTS } from '../rights.ts';
import { type Feature, FEATURES } from './features.ts';
import { type Sid, STATEMENTS } from './statements.ts';

/** The features of the policy in Markdown. */
export function featuresTable(): string {
  const rows = (Object.keys(FEATURES) as Feature[]).map(
    (name) => `| \`${name}\` | ${usual(name)} | ${FEATURES[name].about} |`,
  );
  return ['| feature | usual | |', '|---|---|---|', ...rows].join('\n');
}

const usual = (name: Feature): string => (name === 'core' ? 'always' : FEATURES[name].usual ? 'yes' : '');

/** The statements, and what each asks for. */
export function statementsTable(): string {
  const rows = (Object.keys(STATEMENTS) as Sid[]).map((sid) => {
    const { asks, about } = STATEMENTS[sid];
    return `| \`${sid}\` | ${asks.map((ask) => `\`${ask}\``).join(', ')} | ${about} |`;
  });
  return ['| statement | asks for | |', '|---|---|---|', ...rows].join('\n');
}

/** Every action, with its statement, its feature and why it is there. */
export function rightsTable(): string {
  const sorted = RIGHTS.toSorted((a, b) => (a.action < b.action ? -1 : Number(a.action > b.action)));
  const rows = sorted.map(({ action, statement, on, feature, why, neededBy }) => {
    const needed = neededBy === undefined ? '' : ` Needed by ${neededBy.map((one) => code(one)).join(', ')}.`;
    return `| ${code(action)} | \`${statement}\` | ${on.join(', ')} | \`${feature}\` | ${why}${needed} |`;
  });
  return ['| action | statement | on | feature | why |', '|---|---|---|---|---|', ...rows].join('\n');
}

const code = (action: string): string => `\`${action.replace('elasticloadbalancing:', 'elb:')}\``;

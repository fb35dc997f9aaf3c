import { RIGHTS } from '../../src/aws/rights.ts';
import { type Feature, FEATURES } from '../../src/aws/rights/features.ts';
import { type Sid, STATEMENTS } from '../../src/aws/rights/statements.ts';
import { code, tableOf } from './markdown.ts';

/** The features of the policy. */
export const featuresTable = (): string =>
  tableOf(
    ['feature', 'usual', ''],
    (Object.keys(FEATURES) as Feature[]).map((name) => [code(name), usual(name), FEATURES[name].about]),
  );

const usual = (name: Feature): string => (name === 'core' ? 'always' : FEATURES[name].usual ? 'yes' : '');

/** The statements, and what each asks for. */
export const statementsTable = (): string =>
  tableOf(
    ['statement', 'asks for', ''],
    (Object.keys(STATEMENTS) as Sid[]).map((sid) => {
      const { asks, about } = STATEMENTS[sid];
      return [code(sid), asks.map((ask) => code(ask)).join(', '), about];
    }),
  );

/** Every action, with its statement, its feature and why it is there. */
export const rightsTable = (): string =>
  tableOf(
    ['action', 'statement', 'on', 'feature', 'why'],
    RIGHTS.toSorted((a, b) => (a.action < b.action ? -1 : Number(a.action > b.action))).map(
      ({ action, statement, on, feature, why, neededBy }) => {
        const needed = neededBy === undefined ? '' : ` Needed by ${neededBy.map(short).join(', ')}.`;
        return [short(action), code(statement), on.join(', '), code(feature), `${why}${needed}`];
      },
    ),
  );

const short = (action: string): string => code(action.replace('elasticloadbalancing:', 'elb:'));

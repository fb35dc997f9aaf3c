import { CHECKS } from '../../src/server/health.ts';
import { code, tableOf } from './markdown.ts';

type Row = { livez?: string; readyz?: string; text: string };

/** What the operator is asked for by the kubelet. */
export const checksTable = (): string =>
  tableOf(
    ['check', '`/livez`', '`/readyz`', 'fine as long as'],
    Object.entries<Row>(CHECKS).map(([name, { livez = '', readyz = '', text }]) => [code(name), livez, readyz, text]),
  );

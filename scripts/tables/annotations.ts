import { type Annotation, INGRESS_PREFIX, OWN_PREFIX, SERVICE_PREFIX } from '../../src/model/annotations/annotation.ts';
import { ANNOTATIONS } from '../../src/model/annotations/table.ts';
import { code, sectionOf, tableOf } from './markdown.ts';

const TITLES: Record<string, string> = {
  [INGRESS_PREFIX]: 'On Ingresses, on the Services behind them, and as defaults on an IngressClass',
  [SERVICE_PREFIX]: 'On Services of type LoadBalancer',
  [OWN_PREFIX]: 'What only Podwire has',
};

/** Every annotation, one table for each prefix. */
export const annotationTable = (): string =>
  Object.entries(ANNOTATIONS)
    .map(([prefix, table]) => {
      const rows = Object.entries(table).map(([key, row]) => [code(key), ...cells(row)]);
      return sectionOf(code(prefix), `${TITLES[prefix] ?? ''}.\n\n${tableOf(HEAD, rows)}`);
    })
    .join('\n\n');

const HEAD = ['Key', 'On', 'Value', 'Default', 'In a group', 'Acted on', 'What it does'];

const cells = (row: Annotation): string[] => [
  row.on,
  row.type,
  row.default ?? '',
  row.merge === 'own' ? '' : row.merge,
  actedOn(row),
  row.about,
];

function actedOn({ acted, protects }: Annotation): string {
  if (acted) return 'yes';
  return protects === undefined ? 'not yet' : `**refused**: ${protects}`;
}

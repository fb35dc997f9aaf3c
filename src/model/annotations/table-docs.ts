import { type Annotation, INGRESS_PREFIX, OWN_PREFIX, SERVICE_PREFIX } from './annotation.ts';
import { ANNOTATIONS } from './table.ts';

const TITLES: Record<string, string> = {
  [INGRESS_PREFIX]: 'On Ingresses, on the Services behind them, and as defaults on an IngressClass',
  [SERVICE_PREFIX]: 'On Services of type LoadBalancer',
  [OWN_PREFIX]: 'What only Podwire has',
};

/** Every annotation as Markdown: one table for each prefix. */
export function annotationTable(): string {
  return Object.entries(ANNOTATIONS)
    .map(([prefix, table]) => {
      const rows = Object.entries(table).map(([key, row]) => line([`\`${key}\``, ...cells(row)]));
      return [
        `### \`${prefix}\``,
        '',
        `${TITLES[prefix] ?? ''}.`,
        '',
        line(HEAD),
        line(HEAD.map(() => '---')),
        ...rows,
      ].join('\n');
    })
    .join('\n\n');
}

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

const line = (columns: string[]): string => `| ${columns.map((column) => column.replaceAll('|', '\\|')).join(' | ')} |`;

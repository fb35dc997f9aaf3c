import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { ALERTS, type Alert } from '../../src/alerts.ts';
import { OPERATOR_RIGHTS, RELEASE_RIGHTS, type Right } from '../../src/kube/rights.ts';
import { crdFiles } from '../crds.ts';
import { tableOf } from '../tables/markdown.ts';
import { dashboard } from './dashboard.ts';
import { valuesSchema } from './schema.ts';
import { injectionTemplates, rightsTemplates } from './templates.ts';
import { valuesFile, valuesTable } from './text.ts';
import { VALUES } from './values.ts';

const HEADER = 'Generated from a table: npm run generate.';

/** The files of the chart that are generated whole, by their place in it. */
export function chartFiles(): Record<string, string> {
  return {
    'Chart.yaml': chartYaml(),
    'values.yaml': valuesFile(VALUES),
    'values.schema.json': `${JSON.stringify(valuesSchema(VALUES), undefined, 2)}\n`,
    'files/alerts.yaml': `# ${HEADER}\n${stringify({ rules: alerts() }, { lineWidth: 0 })}`,
    'files/dashboard.json': `${JSON.stringify(dashboard(), undefined, 2)}\n`,
    ...crds(),
    ...templates(),
  };
}

function chartYaml(): string {
  const { version, description } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, string>;
  return stringify({
    apiVersion: 'v2',
    name: 'podwire',
    description,
    type: 'application',
    version,
    appVersion: version,
    kubeVersion: '>=1.30.0-0',
    keywords: ['eks', 'alb', 'nlb', 'ingress', 'load-balancer'],
    annotations: { 'artifacthub.io/license': 'Apache-2.0', 'artifacthub.io/category': 'networking' },
  });
}

const alerts = (): object[] =>
  Object.entries<Alert>(ALERTS).map(([alert, said]) => ({ alert, ...said, runbook: `${alert}.md` }));

const crds = (): Record<string, string> =>
  Object.fromEntries(crdFiles('files/crds').map(({ file, content }) => [file, content]));

function templates(): Record<string, string> {
  const all = Object.entries({ ...injectionTemplates(), ...rightsTemplates() });
  return Object.fromEntries(all.map(([file, text]) => [`templates/${file}`, `{{- /* ${HEADER} */}}\n${text}`]));
}

/** Sections of the chart's README. */
export const chartSections = (): Record<string, string> => ({
  values: valuesTable(VALUES),
  rights: rightsTable(OPERATOR_RIGHTS),
  'release-rights': rightsTable(RELEASE_RIGHTS),
});

function rightsTable(rights: readonly Right[]): string {
  const rows = rights.map(({ resource, subresource, verbs, scope, names = [], feature, why }) => {
    const name = [resource.plural, ...(subresource ? [subresource] : [])].join('/');
    return [name, resource.group, verbs.join(', '), scope, names.join(', '), feature, why];
  });
  return tableOf(['resource', 'group', 'verbs', 'where', 'names', 'when', 'why'], rows);
}

/** The table of alerts in Markdown. */
export function alertsTable(): string {
  const rows = Object.entries<Alert>(ALERTS).map(([name, { severity, for: duration, summary }]) => {
    const words = summary.replace(/\{\{ \$labels\.(\w+) \}\}/g, 'a $1');
    return [`[${name}](runbooks/${name}.md)`, severity, duration, words];
  });
  return tableOf(['alert', 'severity', 'after', ''], rows);
}

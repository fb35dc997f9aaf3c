import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { injectionManifests, USUAL_INSTALLATION } from '../src/admission/manifests.ts';
import { CUSTOM_RESOURCES, customResourceDefinition } from '../src/api/crds.ts';
import { fieldsOf, type Schema } from '../src/model/doctor/crd-fields.ts';
import { crdFiles } from './crds.ts';
import { dockerfile } from './dockerfile.ts';
import { alertsTable, chartFiles, chartSections } from './chart/chart.ts';
import { annotationTable } from './tables/annotations.ts';
import { conditionTables } from './tables/conditions.ts';
import { doctorChecks, doctorReasons } from './tables/doctor.ts';
import { eventTable } from './tables/events.ts';
import { findingsTable } from './tables/findings.ts';
import { gateTable } from './tables/gate.ts';
import { checksTable } from './tables/health.ts';
import { featuresTable, rightsTable, statementsTable } from './tables/iam.ts';
import { logKeysTable } from './tables/logs.ts';
import { metricsTables, sourcesList } from './tables/metrics.ts';
import { settingsTables } from './tables/settings.ts';

export type Generated = { file: string; content: string };

/** Every file that is written from a table, or has a section that is, with the content it should have. */
export function generatedFiles(): Generated[] {
  const annotations = annotationTable();
  return [
    ...crdFiles('crds'),
    wantedCrds(),
    ...injection(),
    ...chart(),
    { file: 'Dockerfile', content: dockerfile() },
    withSections('docs/settings.md', { settings: settingsTables() }),
    withSections('docs/annotations.md', { annotations }),
    withSections('docs/iam.md', {
      features: featuresTable(),
      statements: statementsTable(),
      rights: rightsTable(),
      missing: `\`\`\`text\n${readFileSync('test/iam/expected.txt', 'utf8')}\`\`\``,
    }),
    withSections('docs/explain.md', { findings: findingsTable() }),
    withSections('docs/conditions.md', { ...conditionTables(), events: eventTable() }),
    withSections('docs/doctor.md', { checks: doctorChecks(), reasons: doctorReasons() }),
    withSections('docs/gate.md', { gate: gateTable() }),
    withSections('docs/health.md', { checks: checksTable() }),
    withSections('docs/logs.md', { keys: logKeysTable() }),
    withSections('docs/metrics.md', { sources: sourcesList(), metrics: metricsTables(), alerts: alertsTable() }),
  ];
}

type Definition = { metadata: { name: string }; spec: { versions: { schema: { openAPIV3Schema: Schema } }[] } };

/** What `podwire doctor` holds the kinds of a cluster against: small enough for the operator's bundle. */
function wantedCrds(): Generated {
  const wanted = CUSTOM_RESOURCES.map((resource) => {
    const { metadata, spec } = customResourceDefinition(resource) as Definition;
    const schema = spec.versions[0]?.schema.openAPIV3Schema ?? {};
    return [metadata.name, { kind: resource.kind, version: resource.version, fields: fieldsOf(schema) }] as const;
  });
  const content = `${JSON.stringify(Object.fromEntries(wanted), undefined, 2)}\n`;
  return { file: 'src/model/doctor/wanted-crds.json', content };
}

function chart(): Generated[] {
  const files = Object.entries(chartFiles()).map(([file, content]) => ({ file: `charts/podwire/${file}`, content }));
  return [...files, withSections('charts/podwire/README.md', chartSections())];
}

// Expressions as they were written, and every object in full.
const VERBATIM = { lineWidth: 0, aliasDuplicateObjects: false } as const;

function injection(): Generated[] {
  return Object.entries(injectionManifests(USUAL_INSTALLATION)).map(([file, manifests]) => ({
    file: `deploy/injection/${file}`,
    content: manifests.map((manifest) => stringify(manifest, VERBATIM)).join('---\n'),
  }));
}

/** The file with the text between each `<!-- name:begin -->` and `<!-- name:end -->` replaced. */
function withSections(file: string, sections: Record<string, string>): Generated {
  const content = Object.entries(sections).reduce(
    (whole, [name, text]) => replaceSection({ file, whole }, name, text),
    readFileSync(file, 'utf8'),
  );
  return { file, content };
}

function replaceSection({ file, whole }: { file: string; whole: string }, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [from, to] = [whole.indexOf(begin), whole.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file}: wanted the markers ${begin} and ${end}`);
  return `${whole.slice(0, from + begin.length)}\n${text.trim()}\n${whole.slice(to)}`;
}

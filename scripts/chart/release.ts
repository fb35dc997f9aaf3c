import { parse, stringify } from 'yaml';
import { CUSTOM_RESOURCES } from '../../src/api/crds.ts';

type Chart = { version: string; annotations: Record<string, string> };

/**
 * Chart.yaml as it is released: with what Artifact Hub shows of a version, from the section of the changelog that has its name.
 * Throws where there is no such section, or nothing in it.
 */
export function releasedChart(chart: string, changelog: string): string {
  const { annotations, ...rest } = parse(chart) as Chart;
  const changes = changesOf(changelog, rest.version);
  const shown = {
    ...annotations,
    'artifacthub.io/changes': stringify(changes.map(plain), { lineWidth: 0 }),
    'artifacthub.io/containsSecurityUpdates': String(changes.some((line) => line.startsWith('Security:'))),
    'artifacthub.io/crds': stringify(CUSTOM_RESOURCES.map(crdOf), { lineWidth: 0 }),
    'artifacthub.io/prerelease': String(rest.version.includes('-')),
  };
  return stringify({ ...rest, annotations: shown }, { lineWidth: 0 });
}

function changesOf(changelog: string, version: string): string[] {
  const section = changelog.split(/^## /m).find((text) => text.split('\n', 1)[0] === version);
  const changes = [...(section ?? '').matchAll(/^- (.+)$/gm)].map(([, line]) => line as string);
  if (changes.length === 0) throw new Error(`CHANGELOG.md: wanted a section "## ${version}" with changes, found none`);
  return changes;
}

/** Artifact Hub shows text and no Markdown. */
const plain = (line: string): string => line.replace(/\[([^\]]+)\]\([^)]+\)/g, '$1').replaceAll('`', '');

const crdOf = ({ kind, version, plural, group }: (typeof CUSTOM_RESOURCES)[number]): object => ({
  kind,
  version,
  name: `${plural}.${group}`,
  displayName: kind,
  description: `${kind} of ${group}`,
});

/** values.yaml as it is released, but for the digest of the image, which is not known yet. */
export function releasedValues(values: string, repository: string): string {
  const named = values.replace(/^ {2}repository: podwire\/podwire$/m, () => `  repository: ${repository}`);
  if (named === values) throw new Error('values.yaml: wanted the line "repository: podwire/podwire"');
  return named;
}

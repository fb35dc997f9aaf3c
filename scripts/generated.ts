import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { CUSTOM_RESOURCES, customResourceDefinition } from '../src/api/crds.ts';
import { annotationTable } from '../src/model/annotations/table-docs.ts';

export type Generated = { file: string; content: string };

/** Every file that is written from a table, with the content it should have. */
export function generatedFiles(): Generated[] {
  const annotations = ['README.md', 'docs/annotations.md'].map((file) =>
    section(file, 'annotations', annotationTable()),
  );
  return [...crds(), ...annotations];
}

function crds(): Generated[] {
  return CUSTOM_RESOURCES.map((resource) => ({
    file: `crds/${resource.group}_${resource.plural}.yaml`,
    content: stringify(customResourceDefinition(resource), { lineWidth: 120 }),
  }));
}

/** The file with the text between `<!-- name:begin -->` and `<!-- name:end -->` replaced. */
export function section(file: string, name: string, text: string): Generated {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const whole = readFileSync(file, 'utf8');
  const [from, to] = [whole.indexOf(begin), whole.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file}: wanted the markers ${begin} and ${end}`);
  return { file, content: `${whole.slice(0, from + begin.length)}\n${text.trim()}\n${whole.slice(to)}` };
}

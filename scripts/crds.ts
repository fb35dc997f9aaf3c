import { stringify } from 'yaml';
import { CUSTOM_RESOURCES, customResourceDefinition } from '../src/api/crds.ts';

// kubectl and Helm read YAML 1.1, in which more texts need quotes: times among them.
const YAML = { lineWidth: 120, version: '1.1' } as const;

/** The CustomResourceDefinitions as YAML, by file below the folder. */
export function crdFiles(folder: string): { file: string; content: string }[] {
  return CUSTOM_RESOURCES.map((one) => ({
    file: `${folder}/${one.group}_${one.plural}.yaml`,
    content: stringify(customResourceDefinition(one), YAML),
  }));
}

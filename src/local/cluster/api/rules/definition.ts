import { textOf } from '../schema/schema.ts';
import type { KubeObject } from '../../../../kube/api.ts';
import { type Cause, required, wrong } from '../status.ts';
import { at, items, part, type Rules, setDefault } from './rules.ts';

/** Holds a definition that is being deleted until its objects are gone. */
export const INSTANCE_CLEANUP = 'customresourcecleanup.apiextensions.k8s.io';

/** Names are accepted and the kind is served as soon as the object is there. */
export const customResourceDefinitionRules: Rules = {
  complete(definition, around) {
    const names = part(definition, 'spec.names');
    setDefault(names, 'singular', textOf(names.kind).toLowerCase());
    setDefault(names, 'listKind', `${textOf(names.kind)}List`);
    definition.status = {
      ...part(definition, 'status'),
      acceptedNames: names,
      storedVersions: items(definition, 'spec.versions')
        .filter((one) => one.storage)
        .map((one) => one.name),
      conditions: conditions(definition, around.now),
    };
  },
  validate: checkDefinition,
  immutable: ['spec.group', 'spec.scope', 'spec.names.plural', 'spec.names.kind'],
};

function conditions(definition: KubeObject, now: string): unknown[] {
  const before = items(definition, 'status.conditions');
  const wanted = [
    { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' },
    {
      type: 'Established',
      status: 'True',
      reason: 'InitialNamesAccepted',
      message: 'the initial names have been accepted',
    },
  ];
  return wanted.map((one) => ({
    ...one,
    lastTransitionTime: before.find((old) => old.type === one.type)?.lastTransitionTime ?? now,
  }));
}

function checkDefinition(definition: KubeObject): Cause[] {
  const spec = part(definition, 'spec');
  const plural = textOf(at(spec, 'names.plural'));
  const causes: Cause[] = [];
  if (definition.metadata.name !== `${plural}.${textOf(spec.group)}`) {
    causes.push(wrong('metadata.name', definition.metadata.name, `must be spec.names.plural+"."+spec.group`));
  }
  const versions = items(spec, 'versions');
  if (versions.filter((one) => one.storage).length !== 1) {
    causes.push(
      wrong(
        'spec.versions',
        versions.map((one) => one.name),
        'must have exactly one version marked as storage version',
      ),
    );
  }
  versions.forEach((version, i) => {
    const schema = at(version, 'schema.openAPIV3Schema');
    const path = `spec.versions[${i}].schema.openAPIV3Schema`;
    if (!schema) causes.push(required(path, 'schemas are required'));
    else if (at(schema, 'type') !== 'object')
      causes.push(wrong(`${path}.type`, at(schema, 'type') ?? '', 'must be object at the root'));
  });
  return causes;
}

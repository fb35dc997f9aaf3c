import { expect, test } from 'vitest';
import { CUSTOM_RESOURCES } from '../../src/api/crds.ts';
import type { Resource } from '../../src/kube/api.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { BUILT_IN_KINDS } from '../../src/local/cluster/api/kinds.ts';
import { KINDS } from '../../src/local/cluster/objects.ts';

const SERVED: readonly Resource[] = [...BUILT_IN_KINDS, ...CUSTOM_RESOURCES];

/** Only a real API server evaluates CEL: the local one says that it does not serve these. */
const isLocal = ([name]: [string, Resource]): boolean => !/^(mutating|validating)AdmissionPolicy/.test(name);
const asked = Object.entries<Resource>({ ...KINDS, ...RESOURCES }).filter(isLocal);

test.each(asked)('%s is asked for as it is served', (_name, resource) => {
  const { group, plural } = resource;
  expect(SERVED.find((one) => one.group === group && one.plural === plural)).toMatchObject(resource);
});

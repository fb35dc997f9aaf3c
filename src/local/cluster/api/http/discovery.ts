import type { Cluster } from '../state.ts';
import { groupVersion, type Kind } from '../kinds.ts';
import { NOT_SERVED, unservedKinds } from '../not-served.ts';
import { noSuchPath } from '../status.ts';

export const VERSION = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.3-podwire',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: `linux/amd64`,
};

/** What discovery says of a kind; the ones that are not served come with nothing but `create`. */
type Entry = Pick<
  Kind,
  'group' | 'version' | 'kind' | 'plural' | 'singular' | 'namespaced' | 'shortNames' | 'categories' | 'subresources'
> & {
  verbs: readonly string[];
};

const UNSERVED: readonly Entry[] = NOT_SERVED.flatMap((row) =>
  unservedKinds(row).map((one) => ({
    ...one,
    group: row.group,
    version: row.version,
    singular: one.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    subresources: [],
    verbs: ['create'],
  })),
);

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** The kind of a subresource's body, and what may be done with it. */
const PARTS: Record<string, { group?: string; version?: string; kind?: string; verbs: string[] }> = {
  status: { verbs: ['get', 'patch', 'update'] },
  scale: { group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] },
  binding: { kind: 'Binding', verbs: ['create'] },
  eviction: { group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] },
};

/** Answers `/api`, `/apis` and what is below them down to a group's version. */
export function discover(cluster: Cluster, parts: string[], accept: string): unknown {
  const kinds: Entry[] = [...cluster.kinds.all().map((kind) => ({ ...kind, verbs: VERBS })), ...UNSERVED];
  const aggregated = accept.includes('as=APIGroupDiscoveryList');
  const [root, group, version] = parts;
  if (root === 'api')
    return group === undefined ? discoverCore(kinds, aggregated) : resourceList(kinds, { group: '', version: group });
  if (group === undefined) return aggregated ? aggregate(kinds.filter((one) => one.group !== '')) : groupList(kinds);
  return version === undefined ? oneGroup(kinds, group) : resourceList(kinds, { group, version });
}

function discoverCore(kinds: Entry[], aggregated: boolean): unknown {
  if (aggregated) return aggregate(kinds.filter((one) => one.group === ''));
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
}

const groupsOf = (kinds: Entry[]): string[] => [...new Set(kinds.map((one) => one.group))];
const versionsOf = (kinds: Entry[], group: string): string[] => [
  ...new Set(kinds.filter((one) => one.group === group).map((one) => one.version)),
];

function groupEntry(kinds: Entry[], group: string): object {
  const versions = versionsOf(kinds, group).map((version) => ({
    groupVersion: groupVersion({ group, version }),
    version,
  }));
  return { name: group, versions, preferredVersion: versions[0] };
}

const groupList = (kinds: Entry[]): object => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: groupsOf(kinds)
    .filter((group) => group !== '')
    .map((group) => groupEntry(kinds, group)),
});

function oneGroup(kinds: Entry[], group: string): object {
  if (versionsOf(kinds, group).length === 0) throw noSuchPath();
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(kinds, group) };
}

function resourceList(kinds: Entry[], of: { group: string; version: string }): object {
  const found = kinds.filter((one) => one.group === of.group && one.version === of.version);
  if (found.length === 0) throw noSuchPath();
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: groupVersion(of),
    resources: found.flatMap(resourceEntries),
  };
}

const optional = (kind: Entry): object => ({
  ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
  ...(kind.categories.length > 0 && { categories: kind.categories }),
});

function resourceEntries(kind: Entry): object[] {
  const { namespaced, plural } = kind;
  const whole = {
    name: plural,
    singularName: kind.singular,
    namespaced,
    kind: kind.kind,
    verbs: kind.verbs,
    ...optional(kind),
  };
  const parts = kind.subresources.map((name) => ({
    name: `${plural}/${name}`,
    singularName: '',
    namespaced,
    kind: kind.kind,
    ...PARTS[name],
  }));
  return [whole, ...parts];
}

/** All groups with their resources in one answer (apidiscovery.k8s.io/v2). */
const aggregate = (kinds: Entry[]): object => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: 'apidiscovery.k8s.io/v2',
  metadata: {},
  items: groupsOf(kinds).map((group) => ({
    metadata: { name: group, creationTimestamp: null },
    versions: versionsOf(kinds, group).map((version) => ({
      version,
      freshness: 'Current',
      resources: kinds.filter((one) => one.group === group && one.version === version).map(aggregateEntry),
    })),
  })),
});

function aggregateEntry(kind: Entry): object {
  const { group, version } = kind;
  return {
    resource: kind.plural,
    responseKind: { group, version, kind: kind.kind },
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: kind.verbs,
    ...optional(kind),
    subresources: kind.subresources.map((name) => ({
      subresource: name,
      responseKind: { group, version, kind: kind.kind, ...bodyKind(name) },
      verbs: PARTS[name]?.verbs,
    })),
  };
}

const bodyKind = (name: string): object => {
  const { verbs: _, ...rest } = PARTS[name] ?? { verbs: [] };
  return rest;
};

import { Denied, Gone } from '../../errors.ts';
import type { KubeObject, Resource } from '../../kube/api.ts';
import type { Inquiry } from '../../kube/inquiry.ts';
import { fieldsOf, type Schema } from '../../model/doctor/crd-fields.ts';
import type { CrdFact, DoctorFacts, Release, WantedCrd } from '../../model/doctor/facts.ts';
import { WANTED_CRDS } from '../../model/doctor/wanted-crds.ts';

/** Read by doctor only, and only where that is allowed. */
const CRD: Resource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};

type Read = Extract<DoctorFacts['crds'], { value: unknown }>['value'];

/** Each of our kinds as it stands: by its object, else by what the API server publishes of it. */
export function readCrds(inquiry: Inquiry): Promise<Read> {
  return Promise.all(
    WANTED_CRDS.map(async (wanted) => ({ wanted, found: (await readCrd(inquiry, wanted)) ?? ('absent' as const) })),
  );
}

async function readCrd(inquiry: Inquiry, wanted: WantedCrd): Promise<CrdFact | undefined> {
  try {
    const object = await inquiry.get(CRD, { name: wanted.name });
    return object && factOf(object, wanted.version);
  } catch (error) {
    if (!(error instanceof Denied)) throw error;
    return publishedOf(inquiry, wanted);
  }
}

type Version = {
  name: string;
  served?: boolean;
  subresources?: { status?: object };
  schema?: { openAPIV3Schema?: Schema };
};

function factOf({ spec, status, metadata }: KubeObject, wanted: string): CrdFact {
  const { versions = [] } = spec as { versions?: Version[] };
  const { storedVersions = [] } = (status ?? {}) as { storedVersions?: string[] };
  const version = versions.find(({ name }) => name === wanted);
  const schema = version?.schema?.openAPIV3Schema;
  const { labels = {}, annotations = {} } = metadata;
  return {
    served: versions.filter(({ served }) => served).map(({ name }) => name),
    ...(schema && { fields: fieldsOf(schema) }),
    hasStatus: version?.subresources?.status !== undefined,
    object: { stored: storedVersions, labels, release: releaseOf(labels, annotations) },
  };
}

type Texts = Record<string, string>;

/** The Helm release that an object belongs to. */
function releaseOf(labels: Texts, annotations: Texts): Release | undefined {
  const name = annotations['meta.helm.sh/release-name'];
  const namespace = annotations['meta.helm.sh/release-namespace'];
  if (labels['app.kubernetes.io/managed-by'] !== 'Helm' || name === undefined || namespace === undefined)
    return undefined;
  return { name, namespace };
}

async function publishedOf(inquiry: Inquiry, wanted: WantedCrd): Promise<CrdFact | undefined> {
  const [plural = '', ...rest] = wanted.name.split('.');
  const group = rest.join('.');
  const versions = (await inquiry.groups()).find(({ name }) => name === group)?.versions ?? [];
  const kinds = await Promise.all(versions.map((version) => kindsOf(inquiry, `${group}/${version}`)));
  const served = versions.filter((_, at) => kinds[at]?.includes(plural));
  if (served.length === 0) return undefined;
  const hasStatus = kinds[versions.indexOf(wanted.version)]?.includes(`${plural}/status`) ?? false;
  if (!served.includes(wanted.version)) return { served, hasStatus };
  const { components } = await inquiry.openApi(`${group}/${wanted.version}`);
  const schema = Object.values(components?.schemas ?? {}).find((one) => isKind(one, { group, ...wanted }));
  return { served, hasStatus, ...(schema !== undefined && { fields: fieldsOf(schema as Schema) }) };
}

async function kindsOf(inquiry: Inquiry, groupVersion: string): Promise<string[]> {
  try {
    return await inquiry.kinds(groupVersion);
  } catch (error) {
    if (error instanceof Gone) return [];
    throw error;
  }
}

type Published = { 'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[] };

const isKind = (schema: unknown, wanted: { group: string; version: string; kind: string }): boolean =>
  ((schema as Published)['x-kubernetes-group-version-kind'] ?? []).some(
    ({ group, version, kind }) => group === wanted.group && version === wanted.version && kind === wanted.kind,
  );

import type { NewObject } from '../../../kube/api.ts';
import type { Outcome } from '../../../runtime/workqueue.ts';
import { type Endpoint, type EndpointSlice, fromKey, KINDS, type Pod, type Service } from '../objects.ts';
import { matchesLabels } from '../selector.ts';
import type { ClusterView } from './cluster-view.ts';
import { type EndpointGroup, endpointGroups } from './endpoints.ts';
import { canonicalJson, generatedName } from './names.ts';
import { ownedBy, unlessGone } from './replica-sets.ts';

const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const OURS = 'endpointslice-controller.k8s.io';
export const SERVICE_NAME = 'kubernetes.io/service-name';
const HEADLESS = 'service.kubernetes.io/headless';
const PER_SLICE = 100; // kube-controller-manager's --max-endpoints-per-slice

type Content = Pick<EndpointSlice, 'ports'> & { endpoints: Endpoint[]; addressType: EndpointSlice['addressType'] };

/** Writes the EndpointSlices of one Service, so that they say which of its pods can be sent what. */
export async function reconcileEndpointSlices(view: ClusterView, key: string): Promise<Outcome> {
  const service = view.services.get(key);
  if (service?.spec.selector === undefined || service.spec.type === 'ExternalName') return undefined;
  if (service.metadata.deletionTimestamp !== undefined) return undefined;
  const { namespace } = service.metadata;
  const selector = service.spec.selector;
  const selected = (pod: Pod) => pod.metadata.namespace === namespace && matchesLabels(selector, pod.metadata.labels);
  const members = { pods: view.pods.values().filter(selected), nodeOf: (name: string) => view.nodes.get(`/${name}`) };
  await writeSlices(view, service, endpointGroups(service, members));
  return undefined;
}

async function writeSlices(view: ClusterView, service: Service, groups: EndpointGroup[]): Promise<void> {
  const present = slicesOf(view, service);
  const unused = new Set(present);
  const additional: Content[] = [];
  for (const group of groups) {
    const own = present.filter((slice) => isOf(slice, group) && unused.has(slice));
    const contents = distribute(group, own);
    for (const [index, slice] of own.entries()) {
      unused.delete(slice);
      await writeSlice(view, service, { slice, content: contents[index] as Content });
    }
    additional.push(...contents.slice(own.length));
  }
  // A slice that is no longer wanted becomes one that is: fewer writes, and no moment without the endpoints.
  for (const content of additional) {
    const slice = [...unused].find(({ addressType }) => addressType === content.addressType);
    if (slice !== undefined) unused.delete(slice);
    await writeSlice(view, service, { slice, content });
  }
  for (const slice of unused) await deleteSlice(view, slice);
}

async function deleteSlice(view: ClusterView, { metadata }: EndpointSlice): Promise<void> {
  const { namespace = '', name, uid } = metadata;
  await view.api.delete(KINDS.endpointSlice, { namespace, name, uid }).catch(unlessGone);
}

const slicesOf = (view: ClusterView, { metadata }: Service): EndpointSlice[] =>
  view.endpointSlices
    .values()
    .filter(
      (slice) =>
        slice.metadata.namespace === metadata.namespace &&
        slice.metadata.deletionTimestamp === undefined &&
        slice.metadata.labels?.[SERVICE_NAME] === metadata.name &&
        slice.metadata.labels[MANAGED_BY] === OURS,
    )
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));

const isOf = ({ addressType, ports }: EndpointSlice, group: EndpointGroup): boolean =>
  addressType === group.addressType && canonicalJson(ports ?? []) === canonicalJson(group.ports);

/** Leaves every endpoint in the slice it is in, and fills up with the new ones: the fewest slices change. */
function distribute({ addressType, ports, endpoints }: EndpointGroup, slices: EndpointSlice[]): Content[] {
  const waiting = new Map(endpoints.map((endpoint) => [idOf(endpoint), endpoint]));
  const contents: Content[] = slices.map((slice) => {
    const kept = (slice.endpoints ?? []).map(idOf).filter((id) => waiting.has(id));
    const taken = kept.map((id) => waiting.get(id) as Endpoint);
    for (const id of kept) waiting.delete(id);
    return { addressType, ports, endpoints: taken };
  });
  for (const endpoint of waiting.values()) {
    const roomy = contents.find((content) => content.endpoints.length < PER_SLICE);
    if (roomy !== undefined) roomy.endpoints.push(endpoint);
    else contents.push({ addressType, ports, endpoints: [endpoint] });
  }
  const [first = { addressType, ports, endpoints: [] }, ...rest] = contents;
  return [first, ...rest];
}

const idOf = ({ targetRef, addresses }: Endpoint): string => `${targetRef?.uid} ${addresses[0]}`;

type Write = { slice: EndpointSlice | undefined; content: Content };

async function writeSlice(view: ClusterView, service: Service, { slice, content }: Write): Promise<void> {
  const labels = labelsOf(service);
  const { endpoints, ports } = content;
  if (slice === undefined) {
    view.endpointSlices.put(
      (await view.api.create(KINDS.endpointSlice, newSlice(view, service, content))) as EndpointSlice,
    );
    return;
  }
  const is = { endpoints: slice.endpoints ?? [], ports: slice.ports ?? [], labels: slice.metadata.labels };
  if (canonicalJson(is) === canonicalJson({ endpoints, ports, labels })) return;
  const gone = Object.keys(slice.metadata.labels ?? {}).filter((label) => !(label in labels));
  const body = {
    metadata: { labels: { ...Object.fromEntries(gone.map((label) => [label, null])), ...labels } },
    endpoints,
    ports,
  };
  const key = fromKey(`${slice.metadata.namespace}/${slice.metadata.name}`);
  view.endpointSlices.put((await view.api.patch(KINDS.endpointSlice, key, { type: 'merge', body })) as EndpointSlice);
}

function newSlice(view: ClusterView, service: Service, { addressType, endpoints, ports }: Content): NewObject {
  const { name, namespace = '' } = service.metadata;
  return {
    metadata: {
      name: generatedName(`${name}-`, view.clock),
      namespace,
      labels: labelsOf(service),
      ...ownedBy(service, 'v1', 'Service'),
    },
    addressType,
    endpoints,
    ports,
  };
}

function labelsOf({ metadata, spec }: Service): Record<string, string> {
  const headless = spec.clusterIP === 'None' ? { [HEADLESS]: '' } : {};
  return { ...metadata.labels, ...headless, [SERVICE_NAME]: metadata.name, [MANAGED_BY]: OURS };
}

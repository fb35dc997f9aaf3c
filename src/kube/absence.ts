import type { Resource } from './api.ts';
import { parseJson } from './list.ts';
import type { Transport } from './transport.ts';

type Groups = { kind?: string; groups?: { name?: string; versions?: { version?: string }[] }[] };
type Kinds = { kind?: string; resources?: { name?: string }[] };

/** Groups of Kubernetes itself end so: their kinds that we watch are there in every cluster we support. */
const BUILT_IN = '.k8s.io';

/**
 * Whether the API server says itself, in its discovery documents, that it does not serve the kind. A bare 404 can come from
 * a proxy or from a server that is starting, and must not make us believe that every object is gone; of the kinds of
 * Kubernetes itself nothing makes us believe it.
 */
export async function isNotServed(transport: Transport, resource: Resource, signal: AbortSignal): Promise<boolean> {
  if (resource.group === '' || resource.group.endsWith(BUILT_IN)) return false;
  const read = async (path: string): Promise<unknown> =>
    parseJson(await transport.send({ verb: 'discover', what: path, method: 'GET', path, signal }));
  const groups = (await read('/apis')) as Groups | undefined;
  if (groups?.kind !== 'APIGroupList' || !Array.isArray(groups.groups)) return false;
  const versions = groups.groups.find((group) => group.name === resource.group)?.versions ?? [];
  if (!versions.some(({ version }) => version === resource.version)) return true;
  const kinds = (await read(`/apis/${resource.group}/${resource.version}`)) as Kinds | undefined;
  if (kinds?.kind !== 'APIResourceList' || !Array.isArray(kinds.resources)) return false;
  return !kinds.resources.some(({ name }) => name === resource.plural);
}

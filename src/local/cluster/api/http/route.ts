import { BUILT_IN_KINDS, type Kind, type Subresource } from '../kinds.ts';
import { unservedFeature } from '../not-served.ts';
import type { KindTable } from '../state.ts';
import { noSuchPath, notServed } from '../status.ts';

/** What the path of a request names. */
export type Target = { kind: Kind; namespace?: string; name?: string; subresource?: Subresource | 'finalize' };

/** The target of `/api/v1/…` or `/apis/<group>/<version>/…`; 404 for a kind nobody knows, 501 for one that the local cluster leaves out. */
export function routeResource(kinds: KindTable, path: string): Target {
  const { group, version, namespace, names } = splitPath(path);
  const [plural = '', name, subresource, ...more] = names;
  const home = namespace === undefined ? {} : { namespace };
  // A Binding is posted to its own collection, or to the pod it is about.
  if (group === '' && plural === 'bindings' && namespace) return { kind: BINDING, ...home };
  const kind = kinds.find({ group, version, plural });
  if (!kind || more.length > 0) throw unknownKind(group, plural);
  if (namespace !== undefined && !kind.namespaced) throw noSuchPath();
  const part = subresource === undefined ? {} : { subresource: checkSubresource(kind, subresource) };
  return { kind, ...home, ...(name !== undefined && { name }), ...part };
}

type Path = { group: string; version: string; namespace: string | undefined; names: string[] };

function splitPath(path: string): Path {
  const [root, ...parts] = path.split('/').filter(Boolean).map(decodeURIComponent);
  const [group = '', version = '', ...rest] = root === 'api' ? ['', ...parts] : parts;
  const inNamespace = rest[0] === 'namespaces' && rest.length > 2 && !NAMESPACE_PARTS.has(rest[2] as string);
  return { group, version, namespace: inNamespace ? rest[1] : undefined, names: inNamespace ? rest.slice(2) : rest };
}

const BINDING = { ...(BUILT_IN_KINDS.find((one) => one.kind === 'Pod') as Kind), plural: 'bindings' };

const NAMESPACE_PARTS = new Set(['status', 'finalize']);

function unknownKind(group: string, plural: string): Error {
  const feature = unservedFeature(group, plural);
  return feature ? notServed(feature) : noSuchPath();
}

const LEFT_OUT: Record<string, string> = {
  log: 'keep logs of its pods: they are processes of their own',
  exec: 'run commands in pods: they are processes of their own',
  attach: 'attach to pods: they are processes of their own',
  portforward: 'forward ports: a pod listens on an address of this machine, dial that',
  proxy: 'proxy to pods or services: dial them',
  ephemeralcontainers: 'run ephemeral containers',
  resize: 'resize pods',
  token: 'issue service account tokens',
};

function checkSubresource(kind: Kind, subresource: string): NonNullable<Target['subresource']> {
  const known = kind.subresources.find((one) => one === subresource);
  if (known) return known;
  if (subresource === 'finalize' && kind.kind === 'Namespace') return subresource;
  const left = kind.builtIn ? LEFT_OUT[subresource] : undefined;
  throw left ? notServed(left) : noSuchPath();
}
